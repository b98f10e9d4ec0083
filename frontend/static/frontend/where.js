/** Where to look: the first view, a box that fits, a position typed by hand. Degrees, CGCS2000. Pure. */

const EDGES = 1.12; // so much larger than the screen a city may be: its edges are fields, and half as large all is tiny
const LEGIBLE = 14;
const CLOSE = 16;
const TILE = 256; // pixels of a canvas
const SPARE = 2; // pixels: Leaflet rounds

/** Where a first visitor looks: the whole city while streets can still be told apart, else the middle of what has most
 * to show; what the operator named as the city (`city`, or null) goes before. Boxes are [west, south, east, north], `size`
 * is in pixels. */
export function opening(manifest, size, city = null) {
  if (city) return fitted(city, size);
  if (!manifest.bounds) return { zoom: 5, lat: 35, lon: 104 };
  const whole = fitted(manifest.bounds, { width: size.width * EDGES, height: size.height * EDGES });
  if (whole.zoom >= LEGIBLE) return { ...whole, zoom: Math.min(whole.zoom, CLOSE) };
  const held = manifest.layers.filter((layer) => layer.bounds && layer.shown && layer.style.kind !== "fill");
  const spans = held.map((layer) => ({ ...fitted(layer.bounds, size), bounds: layer.bounds }));
  const closest = spans.sort((a, b) => b.zoom - a.zoom)[0] ?? whole;
  return aligned({ lat: closest.lat, lon: closest.lon, zoom: Math.min(Math.max(closest.zoom, LEGIBLE), CLOSE) }, size);
}

/** The place moved by less than half a tile, so that the screen touches as few tiles as it can: on a phone 8 and not 15,
 * and each of them is painted whole. */
export function aligned({ lat, lon, zoom }, { width, height }) {
  const across = TILE * 2 ** zoom;
  const x = onTiles(((lon + 180) / 360) * across, width) / across;
  const y = onTiles((0.5 - mercator(lat)) * across, height) / across;
  return { zoom, lat: (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90, lon: x * 360 - 180 };
}

function onTiles(middle, length) {
  const room = Math.ceil((length + 2 * SPARE) / TILE) * TILE - length - SPARE;
  const edge = middle - length / 2;
  const over = edge - Math.floor(edge / TILE) * TILE;
  if (over < SPARE) return middle + SPARE - over;
  if (over <= room) return middle;
  return middle + (over - room < TILE + SPARE - over ? room - over : TILE + SPARE - over);
}

const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);

/** Centre and whole zoom at which a box fits into a size. */
export function fitted([west, south, east, north], { width, height }) {
  const across = Math.max((east - west) / 360, 1e-9);
  const up = Math.max(mercator(north) - mercator(south), 1e-9);
  const zoom = Math.floor(Math.log2(Math.min(width / 256 / across, height / 256 / up)));
  return { zoom: Math.max(3, Math.min(20, zoom)), lat: (south + north) / 2, lon: (west + east) / 2 };
}

/** A position out of pasted text, latitude or longitude first: China tells them apart; null when it is none. */
export function position(text) {
  text = text.replace(/\b(CGCS2000|WGS-?84)\b/gi, "");
  const numbers = text.match(/-?\d{1,3}\.\d+/g)?.map(Number) ?? [];
  if (numbers.length !== 2 || /[^\d\s.,,°NESWnesw-]/.test(text)) return null;
  const [lat, lon] = Math.abs(numbers[0]) > Math.abs(numbers[1]) && numbers[0] > 60 ? [numbers[1], numbers[0]] : numbers;
  return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}
