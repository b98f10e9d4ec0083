/** What the address bar says, both ways: /map?on=roads,zoning:0.6&img=7:0.5&sel=facilities:123&show=toilet&with=paper&shape=circle:31.2,121.5,250&day=2026-03-01#16.20/lat/lon. Pure. */

const NAME = /^[a-z][a-z0-9-]*$/;
const NUMBER = /^[1-9]\d{0,8}$/;
const TOPIC = /^[a-z][a-z0-9-]*(\.\d+)?$/;
const SHAPE = /^[a-z]+:[\w.,:-]{1,1500}$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/;

/** Read `search` and `hash`; what is absent or nonsense is null, so that the page falls back to its own choice. */
export function parse(search, hash) {
  const query = new URLSearchParams(search);
  return {
    on: layersOf(query.get("on")),
    img: imagesOf(query.get("img")),
    sel: pair(query.get("sel"), ":"),
    here: placeOf(query.get("here")),
    only: pair(query.get("f"), "."),
    find: findOf(query),
    shape: matching(query, "shape", SHAPE),
    day: matching(query, "day", DAY),
    lang: query.get("lang"),
    view: viewOf(hash),
  };
}

/** Write the state as the part of the address after the path. */
export function format({ on, img, sel, here, only, find, shape, day, lang, view }) {
  const parts = [];
  if (on) parts.push(`on=${opacities(on)}`);
  if (img?.size) parts.push(`img=${opacities(img)}`);
  if (sel) parts.push(`sel=${sel.layer}:${sel.id}`);
  if (here) parts.push(`here=${here.lat.toFixed(5)},${here.lon.toFixed(5)}`);
  if (only) parts.push(`f=${only.layer}.${only.id}`);
  if (find) parts.push(...findParts(find));
  for (const [name, value] of Object.entries({ shape, day })) if (value) parts.push(`${name}=${value}`);
  if (lang) parts.push(`lang=${encodeURIComponent(lang)}`);
  const place = view ? `#${view.zoom.toFixed(2)}/${view.lat.toFixed(5)}/${view.lon.toFixed(5)}` : "";
  return (parts.length ? `?${parts.join("&")}` : "") + place;
}

/** A search for `topic` with nothing chosen yet. */
export const nothingChosen = (topic) => ({ topic, features: [], all: false, at: null, from: null, to: null, road: "" });

const opacities = (some) => [...some].map(([id, opacity]) => (opacity === 1 ? id : `${id}:${round(opacity)}`)).join(",");
const round = (number) => String(Math.round(number * 100) / 100);

const matching = (query, name, form) => (form.test(query.get(name) ?? "") ? query.get(name) : null);

function findOf(query) {
  const topic = query.get("show") ?? "";
  if (!TOPIC.test(topic)) return null;
  return {
    topic,
    features: (query.get("with") ?? "").split(",").filter((code) => NAME.test(code)),
    all: query.get("all") === "1",
    at: matching(query, "at", MOMENT),
    from: matching(query, "from", DAY),
    to: matching(query, "to", DAY),
    road: query.get("road") ?? "",
  };
}

function findParts({ topic, features, all, at, from, to, road }) {
  const parts = [`show=${topic}`];
  if (features.length) parts.push(`with=${features.join(",")}`);
  if (all) parts.push("all=1");
  for (const [name, value] of Object.entries({ at, from, to })) if (value) parts.push(`${name}=${value}`);
  if (road) parts.push(`road=${encodeURIComponent(road)}`);
  return parts;
}

const layersOf = (text) => withOpacity(text, NAME);

function imagesOf(text) {
  const images = withOpacity(text, NUMBER);
  return images?.size ? images : null;
}

function withOpacity(text, form) {
  if (text === null) return null;
  const on = new Map();
  for (const part of text.split(",")) {
    const [id, opacity = "1"] = part.split(":");
    const value = Number(opacity);
    if (form.test(id) && value >= 0 && value <= 1) on.set(id, value);
  }
  return on;
}

function pair(text, between) {
  const [layer, id] = (text ?? "").split(between);
  return NAME.test(layer) && /^\d+$/.test(id ?? "") ? { layer, id: Number(id) } : null;
}

function placeOf(text) {
  const [lat, lon] = /^-?\d+(\.\d+)?,-?\d+(\.\d+)?$/.test(text ?? "") ? text.split(",").map(Number) : [NaN, NaN];
  return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}

function viewOf(hash) {
  const numbers = hash.replace(/^#/, "").split("/").map((text) => (text.trim() === "" ? NaN : Number(text)));
  const [zoom, lat, lon] = numbers;
  const sound = numbers.length === 3 && numbers.every(Number.isFinite) && zoom >= 0 && zoom <= 22;
  return sound && Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? { zoom, lat, lon } : null;
}
