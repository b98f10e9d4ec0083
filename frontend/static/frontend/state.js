/** What the address bar says, both ways: /map?on=roads,zoning:0.6&sel=facilities:123&f=facilities.0&lang=en#16.20/lat/lon. Pure. */

/** Read `search` and `hash`; what is absent or nonsense is null, so that the page falls back to its own choice. */
export function parse(search, hash) {
  const query = new URLSearchParams(search);
  return {
    on: layersOf(query.get("on")),
    sel: pair(query.get("sel"), ":"),
    only: pair(query.get("f"), "."),
    lang: query.get("lang"),
    view: viewOf(hash),
  };
}

/** Write the state as the part of the address after the path. */
export function format({ on, sel, only, lang, view }) {
  const parts = [];
  if (on) parts.push(`on=${[...on].map(([id, opacity]) => (opacity === 1 ? id : `${id}:${round(opacity)}`)).join(",")}`);
  if (sel) parts.push(`sel=${sel.layer}:${sel.id}`);
  if (only) parts.push(`f=${only.layer}.${only.id}`);
  if (lang) parts.push(`lang=${encodeURIComponent(lang)}`);
  const place = view ? `#${view.zoom.toFixed(2)}/${view.lat.toFixed(5)}/${view.lon.toFixed(5)}` : "";
  return (parts.length ? `?${parts.join("&")}` : "") + place;
}

const round = (number) => String(Math.round(number * 100) / 100);

function layersOf(text) {
  if (text === null) return null;
  const on = new Map();
  for (const part of text.split(",")) {
    const [id, opacity = "1"] = part.split(":");
    const value = Number(opacity);
    if (/^[a-z][a-z0-9-]*$/.test(id) && value >= 0 && value <= 1) on.set(id, value);
  }
  return on;
}

function pair(text, between) {
  const [layer, id] = (text ?? "").split(between);
  return /^[a-z][a-z0-9-]*$/.test(layer) && /^\d+$/.test(id ?? "") ? { layer, id: Number(id) } : null;
}

function viewOf(hash) {
  const numbers = hash.replace(/^#/, "").split("/").map((text) => (text.trim() === "" ? NaN : Number(text)));
  const [zoom, lat, lon] = numbers;
  const sound = numbers.length === 3 && numbers.every(Number.isFinite) && zoom >= 0 && zoom <= 22;
  return sound && Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? { zoom, lat, lon } : null;
}
