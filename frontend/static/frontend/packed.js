/** A pack read: the rows of a piece of the city as the server's answers tell of them: a card, what is here. Pure.
 *
 * A part a line, as `layers/city/pack.py` writes them. Distances are of a plane, which a piece this small is. */

import { appsFor } from "./onward.js";
import { reportOf } from "./packreport.js";
import { standing } from "./turns.js";

const METRES = 111_320; // of a degree of latitude
const [STREET_M, DOOR_M, AROUND_M, ON_M, SOME] = [60, 80, 50, 0.5, 20]; // as layers/city/at.py
const ORIGIN = ["source", "surveyed_at", "updated_at"];

/** Read the text of a pack. Throws RangeError when it is not whole. */
export function readPack(text) {
  const parts = text.trim().split("\n").map((line) => JSON.parse(line));
  if (parts.at(-1)?.part !== "end") throw new RangeError("the pack is cut off");
  const only = (part) => parts.find((one) => one.part === part);
  const rows = (part) => only(part)?.rows ?? [];
  const layers = new Map(parts.filter(({ part }) => part === "layer").map((layer) => [layer.id, { ...layer, rows: byKey(layer), turns: turnsOf(layer) }]));
  const pack = { ...only("about"), layers, also: only("also")?.rows ?? {}, apps: rows("apps"), names: [], crossings: [], heads: new Map(rows("heads")), rooms: new Map() };
  pack.names = rows("names").map(([term, pinyin, initials]) => ({ term, pinyin, initials, ways: [] }));
  for (const { id, rows: ways } of parts.filter(({ part }) => part === "keys")) {
    for (const [key, name, number] of ways) pack.names[name].ways.push({ layer: id, id: key, number });
  }
  rows("names").forEach(([term, , , pinyin, initials], name) => pinyin && pack.names.push({ term, pinyin, initials, ways: pack.names[name].ways })); // read in two ways
  pack.crossings = rows("crossings").map(([one, other, lon, lat, title]) => ({ one: pack.names[one].term, other: pack.names[other].term, lon, lat, title }));
  for (const [building, id, floor, unit, number] of rows("rooms")) {
    if (!pack.rooms.has(building)) pack.rooms.set(building, []);
    pack.rooms.get(building).push({ id, floor, unit: unit ?? "", number });
  }
  return pack;
}

function byKey({ id: layer, rows }) {
  return new Map(rows.map(([id, lon, lat, title, outline, values]) => [id, { layer, id, lon, lat, title, outline: outline || null, values }]));
}

/** When the rows of a layer turn, by key. */
export const turnsOf = ({ turns = [] }) => new Map(turns.map(([id, open, rule, edges]) => [id, { open: open === 1, rule: rule === 1, edges }]));

/** The row of a layer, or undefined. */
export const rowOf = (pack, layer, id) => pack.layers.get(layer)?.rows.get(id);

/** What a row says in words, as `/api/at` does. */
export function factsOf(pack, row) {
  const { fields } = pack.layers.get(row.layer);
  return fields.flatMap(([key, title, title_en, one], i) => {
    const held = row.values[i];
    if (!held) return [];
    const [value, value_en, raw, unit = one, unit_en = unit] = Array.isArray(held) ? held : [held, held, null];
    return [{ key, title, title_en, value, value_en, raw, unit, unit_en }];
  });
}

const valueOf = (pack, row, key) => factsOf(pack, row).find((fact) => fact.key === key)?.value ?? "";
const isOrigin = (key) => ORIGIN.some((own) => key === own || key.endsWith(`_${own}`));

function told(pack, row, more = {}) {
  const layer = pack.layers.get(row.layer);
  const facts = factsOf(pack, row);
  const code = facts.find(({ key }) => key === "code" || key === "fence_code")?.value ?? "";
  const { open: now, ...hours } = standing(pack, row);
  return { layer: row.layer, id: row.id, code, title: row.title || layer.title, facts, hours: { now, ...hours }, ...more };
}

/** The card of a place as `/api/features` tells it, null when it is not in the pack. */
export function packedCard(pack, { layer: name, id }) {
  if (name === "rooms") return roomCard(pack, id);
  const row = rowOf(pack, name, id);
  if (!row) return null;
  const layer = pack.layers.get(name);
  const facts = factsOf(pack, row);
  const people = name === "segments" ? pack.heads.get(id) ?? [] : [];
  return cardOf(pack, row, {
    layer: name, layer_title: layer.title, layer_title_en: layer.title_en, id, title: row.title || layer.title,
    title_en: facts.find(({ key }) => key === "name_en")?.value ?? (row.title ? "" : layer.title_en),
    rows: [...facts.filter(({ key }) => !isOrigin(key)), ...people.map(headRow)],
    provenance: Object.fromEntries(facts.filter(({ key }) => isOrigin(key)).map(({ key, value }) => [ORIGIN.find((own) => key.endsWith(own)), value])),
    geometry: row.outline ?? point(row), ...standing(pack, row),
  });
}

const headRow = ({ level, name, title: office, phone }) => {
  const rank = `${"一二三四五"[level - 1]}级段长`;
  const value = [name, office === rank ? "" : office, phone].filter(Boolean).join(" ");
  return { key: `head_${level}`, title: rank, title_en: `Head, level ${level}`, value, value_en: value, unit: "" };
};
const point = ({ lon, lat }) => ({ type: "Point", coordinates: [lon, lat] });

function roomCard(pack, id) {
  for (const [building, rooms] of pack.rooms) {
    const room = rooms.find((one) => one.id === id);
    const house = room && rowOf(pack, "buildings", building);
    if (!house) continue;
    const rows = [["building_name", "建筑", "Building", house.title], ["building_address", "建筑地址", "Building address", valueOf(pack, house, "address")], ["unit_name", "单元", "Unit", room.unit], ["floor", "楼层", "Floor", String(room.floor ?? "")]];
    return cardOf(pack, house, {
      layer: "rooms", layer_title: "房屋", layer_title_en: "Rooms", id, title: room.number, provenance: {}, geometry: point(house),
      rows: rows.filter(([, , , value]) => value).map(([key, title, title_en, value]) => ({ key, title, title_en, value, value_en: value, unit: "" })),
    });
  }
  return null;
}

function cardOf(pack, { lon, lat, outline }, card) {
  const places = [...chain(pack, lon, lat), ...holding(pack, "grids", lon, lat)];
  const own = places.findIndex(({ layer, id }) => layer === card.layer && id === card.id);
  const wider = own < 0 ? places : places.slice(0, own);
  const within = wider.map((row) => ({ layer: row.layer, id: row.id, title: row.title, title_en: valueOf(pack, row, "name_en") }));
  const handover = pack.layers.get(card.layer)?.kind === "line" ? [] : appsFor(pack.apps, card.title, lon, lat);
  const whole = { ...card, subtitle: "", lon, lat, bounds: boxOf(outline) ?? [lon, lat, lon, lat], within, handover, packed: pack.made };
  return { ...whole, report: reportOf(pack, whole) };
}

/** The areas that hold a spot, the widest first: the larger outline counts as the wider. */
const chain = (pack, lon, lat) => holding(pack, "areas", lon, lat).sort((a, b) => levelOf(pack, a) - levelOf(pack, b));
const levelOf = (pack, row) => Number(factsOf(pack, row).find(({ key }) => key === "level")?.raw ?? 0);

/** All that the pack has of a spot, as `/api/at` tells it; null beyond the pack. */
export function packedSpot(pack, lon, lat) {
  if (!holds(pack.outline, lon, lat)) return null;
  const grid = holding(pack, "grids", lon, lat)[0];
  const house = holding(pack, "buildings", lon, lat)[0];
  const street = nearest(pack, "segments", lon, lat, STREET_M)[0];
  const door = nearest(pack, "addresses", lon, lat, DOOR_M).find(({ row }) => valueOf(pack, row, "doorplate"));
  return {
    at: pack.made, lon, lat, packed: pack.made, handover: appsFor(pack.apps, (door ?? street)?.row.title || `${lat.toFixed(5)},${lon.toFixed(5)}`, lon, lat),
    areas: chain(pack, lon, lat).map((row) => told(pack, row)),
    grid: grid ? told(pack, grid) : null,
    segment: street ? streetOf(pack, street) : null,
    zoning: street ? zonesOf(pack, street, lon, lat) : [],
    fences: fencesOf(pack, lon, lat),
    building: house ? told(pack, house, pack.rooms.size ? { rooms: floorsOf(pack.rooms.get(house.id) ?? []) } : {}) : null,
    address: door ? told(pack, door.row, { metres: door.metres }) : null,
    facilities: nearest(pack, "facilities", lon, lat, AROUND_M).slice(0, SOME).map(({ row, metres }) => told(pack, row, { metres })),
  };
}

function streetOf(pack, { row, metres, foot }) {
  return told(pack, row, { metres, metre: foot.metre, way: foot.side ? foot.way : null, heads: pack.heads.get(row.id) ?? [] });
}

/** The zonings beside the street that lie on the side of the spot. */
function zonesOf(pack, { row: street, foot }, lon, lat) {
  const sideOf = (row) => factsOf(pack, row).find(({ key }) => key === "side")?.raw;
  const own = (row) => row.title === street.title && (!foot.side || ["both", foot.side].includes(sideOf(row)));
  const near = nearest(pack, "zoning", lon, lat, STREET_M).filter(({ row }) => own(row));
  return near.filter(({ metres }) => metres < near[0].metres + ON_M).map(({ row }) => told(pack, row));
}

function fencesOf(pack, lon, lat) {
  const near = nearest(pack, "fences", lon, lat, STREET_M);
  return near.filter(({ row, metres }) => (/Polygon/.test(row.outline?.type) ? metres === 0 : metres < 5)).map(({ row }) => told(pack, row));
}

/** Rooms by floor, the highest first. */
export function floorsOf(rooms) {
  const floors = new Map();
  for (const { floor, ...room } of rooms) floors.set(floor, [...(floors.get(floor) ?? []), room]);
  return [...floors].sort(([a], [b]) => (b ?? -999) - (a ?? -999)).map(([floor, held]) => ({ floor, rooms: held }));
}

/** The rows of a layer whose surface holds a spot. */
export function holding(pack, layer, lon, lat) {
  return [...(pack.layers.get(layer)?.rows.values() ?? [])].filter(({ outline }) => outline && holds(ringsOf(outline), lon, lat));
}

/** The rows of a layer within so many metres of a spot, the nearest first, as {row, metres, foot}. */
export function nearest(pack, layer, lon, lat, reach) {
  const found = [];
  for (const row of pack.layers.get(layer)?.rows.values() ?? []) {
    const near = row.outline ? beside(row.outline, lon, lat) : { metres: metresTo(row, lon, lat) };
    if (near.metres <= reach) found.push({ row, ...near });
  }
  return found.sort((a, b) => a.metres - b.metres);
}

function beside(outline, lon, lat) {
  const lines = ringsOf(outline);
  if (/Polygon/.test(outline.type) && holds(lines, lon, lat)) return { metres: 0, foot: null };
  const feet = lines.map((line) => footOn(line, lon, lat));
  const foot = feet.reduce((best, one) => (one.metres < best.metres ? one : best));
  return { metres: foot.metres, foot };
}

/** Metres between a row's point and a spot. */
export const metresTo = (row, lon, lat) => Math.hypot((row.lon - lon) * Math.cos((lat * Math.PI) / 180), row.lat - lat) * METRES;

/** The point of a line that is nearest: {metres, metre along it, side, way}; `way` counts eighths from north. */
export function footOn(line, lon, lat) {
  const shrink = Math.cos((lat * Math.PI) / 180);
  const flat = line.map(([x, y]) => [(x - lon) * shrink * METRES, (y - lat) * METRES]);
  let [best, walked] = [{ metres: Infinity }, 0];
  for (let i = 1; i < flat.length; i++) {
    const [[ax, ay], [bx, by]] = [flat[i - 1], flat[i]];
    const [dx, dy] = [bx - ax, by - ay];
    const long = Math.hypot(dx, dy);
    const t = long ? Math.max(0, Math.min(1, -(ax * dx + ay * dy) / long ** 2)) : 0;
    const [x, y] = [ax + t * dx, ay + t * dy];
    const metres = Math.hypot(x, y);
    if (metres < best.metres) {
      const turn = dx * -ay - dy * -ax; // left of the line is positive
      const way = (Math.round((Math.atan2(-x, -y) / Math.PI) * 4) + 8) % 8;
      best = { metres, metre: walked + t * long, side: metres < ON_M ? "" : turn > 0 ? "left" : "right", way };
    }
    walked += long;
  }
  return best;
}

/** The rings or lines of a GeoJSON geometry. */
export function ringsOf({ type, coordinates }) {
  if (type === "LineString") return [coordinates];
  if (type === "MultiPolygon") return coordinates.flat();
  return type === "Point" ? [] : coordinates;
}

/** Whether rings hold a spot (even-odd). */
export function holds(rings, lon, lat) {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
      if (ay > lat !== by > lat && lon < ((bx - ax) * (lat - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

/** The box around a geometry: west, south, east, north. */
export function boxOf(outline) {
  const all = outline ? ringsOf(outline).flat() : [];
  if (!all.length) return null;
  const [lons, lats] = [all.map(([lon]) => lon), all.map(([, lat]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
