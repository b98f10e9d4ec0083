/** Where to look: the first view, a box that fits, a position typed by hand. Degrees, CGCS2000. Pure. */

const LEGIBLE = 14;
const CLOSE = 16;

/** Where a first visitor looks: the whole city while streets can still be told apart, else the middle of what has most
 * to show; what the operator named as the city (`city`, or null) goes before. Boxes are [west, south, east, north], `size`
 * is in pixels. */
export function opening(manifest, size, city = null) {
  if (city) return fitted(city, size);
  if (!manifest.bounds) return { zoom: 5, lat: 35, lon: 104 };
  const whole = fitted(manifest.bounds, size);
  if (whole.zoom >= LEGIBLE) return { ...whole, zoom: Math.min(whole.zoom, CLOSE) };
  const held = manifest.layers.filter((layer) => layer.bounds && layer.shown && layer.style.kind !== "fill");
  const spans = held.map((layer) => ({ ...fitted(layer.bounds, size), bounds: layer.bounds }));
  const closest = spans.sort((a, b) => b.zoom - a.zoom)[0] ?? whole;
  return { lat: closest.lat, lon: closest.lon, zoom: Math.min(Math.max(closest.zoom, LEGIBLE), CLOSE) };
}

/** Centre and whole zoom at which a box fits into a size. */
export function fitted([west, south, east, north], { width, height }) {
  const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
  const across = Math.max((east - west) / 360, 1e-9);
  const up = Math.max(mercator(north) - mercator(south), 1e-9);
  const zoom = Math.floor(Math.log2(Math.min(width / 256 / across, height / 256 / up)));
  return { zoom: Math.max(3, Math.min(20, zoom)), lat: (south + north) / 2, lon: (west + east) / 2 };
}

/** A position out of pasted text, latitude or longitude first: China tells them apart; null when it is none. */
export function position(text) {
  const numbers = text.match(/-?\d{1,3}\.\d+/g)?.map(Number) ?? [];
  if (numbers.length !== 2 || /[^\d\s.,,°NESWnesw-]/.test(text)) return null;
  const [lat, lon] = Math.abs(numbers[0]) > Math.abs(numbers[1]) && numbers[0] > 60 ? [numbers[1], numbers[0]] : numbers;
  return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}
