/** What people ask the map for: each topic is a question to the server and the controls that sharpen it. Pure.
 *
 * `url(find, spot)` makes the question: `find` is what the address says, `spot` {origin, bbox}: origin {lon, lat} is where
 * from, bbox [west, south, east, north] what is in view, zoom how near. `files` are what one may take home of it: [layer, kinds]. */

const NEAREST = 40;
const MONTH = 31;

const near = (kinds, features, { canBeShut = false, ...more }) => ({
  kinds, features, cover: "facilities", byDistance: true, canBeShut, files: [["facilities", kinds]],
  url: (find, { origin }) => query("/api/near", {
    kind: kinds.join(","), lon: origin.lon.toFixed(6), lat: origin.lat.toFixed(6), limit: NEAREST,
    at: find.at, open: canBeShut && !find.all ? 1 : null, features: find.features.join(","),
  }),
  ...more,
});

const TOPICS = {
  toilet: near(["toilet"], ["accessible", "baby", "paper", "always"], { glyph: "toilet", canBeShut: true }),
  bins: near(["bin", "collection-point", "recycling"],
    ["recyclable", "hazardous", "kitchen", "residual", "clothes", "bulky"], { glyph: "bin" }),
  markets: near(["market", "temporary-market"], ["vegetables", "meat", "cooked", "sundries"], {
    glyph: "market", clock: true, canBeShut: true, files: [["facilities", ["market"]], ["fences", ["temporary-market", "vending"]]],
  }),
  works: {
    glyph: "cone", dates: true, features: [], files: [["works", []]],
    url: (find, { bbox, today }) => query("/api/works", {
      from: find.from ?? today, to: find.to ?? later(today, MONTH), road: find.road, bbox: find.road ? null : wide(bbox),
    }),
  },
  changes: {
    glyph: "star", features: [],
    url: (_, { origin }) => query("/api/changes", { days: 30, lon: origin.lon.toFixed(5), lat: origin.lat.toFixed(5), limit: 50 }),
  },
  list: {
    features: [], followsMap: true, layers: ["facilities", "works", "fences"],
    url: (_, { bbox, origin, layers, zoom }) => query("/api/list", {
      layers: layers.join(","), bbox: box(bbox), zoom, lon: origin.lon.toFixed(5), lat: origin.lat.toFixed(5), limit: 50,
    }),
  },
};

/** The topic of a name, `facilities.3` being the fourth class of that layer; null when there is none. */
export function topicOf(name, known) {
  if (Object.hasOwn(TOPICS, name)) return { name, ...TOPICS[name] };
  const [layer, index] = name.split(".");
  const row = known.get(layer)?.style.classes[Number(index)];
  if (!index || !row?.values.length) return null;
  return { name, ...near(row.values, [], { glyph: row.paint.glyph }), row };
}

/** A day a number of days after another, both as 2026-03-01. */
export function later(day, days) {
  const date = new Date(`${day}T00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** The moment now in the city's own time, as 2026-03-01T06:00. */
export function now(zone = "Asia/Shanghai", moment = new Date()) {
  return moment.toLocaleString("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).replace(" ", "T");
}

function query(path, values) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `${path}?${new URLSearchParams(given)}`;
}

const box = (bbox) => bbox.map((degrees) => degrees.toFixed(5)).join(",");

/** A street goes on beyond the screen: once the view's own width more on every side. */
function wide([west, south, east, north]) {
  const [across, up] = [east - west, north - south];
  return box([west - across, south - up, east + across, north + up]);
}
