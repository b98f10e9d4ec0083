/** Shapes that somebody asks about: as the address says them, as the server is asked, how large they are. Pure.
 *
 * In the address: `poly:lat,lon,` and then each corner by what it differs from the one before, in 0.00001 degrees, which is a
 * metre; `circle:lat,lon,metres`; `of:layer:number` the ground of a place, and with `:metres` what lies around it. */

export const MOST_CORNERS = 100;
const FINE = 1e5;
const FARTHEST_M = 20000;
const METRE = 111320; // a degree of latitude
export const CORRIDOR_M = 30;
const AROUND_M = 100; // around what is a point: a minute and a half on foot

/** The shape of a text {kind, …}, null when it is none. Corners are [lat, lon]. */
export function shapeOf(text) {
  const [kind, ...rest] = (text ?? "").split(":");
  if (kind === "of") return placeOf(rest);
  const numbers = (rest[0] ?? "").split(",").map((part) => (part === "" ? NaN : Number(part)));
  if (!numbers.every(Number.isFinite) || !isOnEarth(numbers)) return null;
  if (kind === "circle") return circleOf(numbers);
  return kind === "poly" ? polygonOf(numbers) : null;
}

function placeOf([layer, id, reach = ""]) {
  const sound = /^[a-z][a-z0-9-]*$/.test(layer ?? "") && /^\d{1,9}$/.test(id ?? "") && /^(|[1-9]\d{0,4})$/.test(reach);
  return sound ? { kind: "of", layer, id: Number(id), reach: Number(reach) || null } : null;
}

function circleOf([lat, lon, reach, ...more]) {
  return Number.isInteger(reach) && reach >= 1 && reach <= FARTHEST_M && !more.length ? { kind: "circle", lat, lon, reach } : null;
}

function polygonOf(numbers) {
  if (numbers.length < 6 || numbers.length % 2 || numbers.length > 2 * MOST_CORNERS) return null;
  const corners = [];
  let [lat, lon] = [Math.round(numbers[0] * FINE), Math.round(numbers[1] * FINE)];
  for (let i = 0; i < numbers.length; i += 2) {
    if (i) [lat, lon] = [lat + numbers[i], lon + numbers[i + 1]];
    corners.push([lat / FINE, lon / FINE]);
  }
  return corners.every(isOnEarth) ? { kind: "poly", corners } : null;
}

const isOnEarth = ([lat, lon]) => Math.abs(lat) <= 85 && Math.abs(lon) <= 180;

/** A shape as the address says it. */
export function textOf(shape) {
  if (shape.kind === "of") return `of:${shape.layer}:${shape.id}${shape.reach ? `:${shape.reach}` : ""}`;
  if (shape.kind === "circle") return `circle:${shape.lat.toFixed(5)},${shape.lon.toFixed(5)},${shape.reach}`;
  const whole = shape.corners.map((corner) => corner.map((degrees) => Math.round(degrees * FINE)));
  const steps = whole.slice(1).flatMap(([lat, lon], i) => [lat - whole[i][0], lon - whole[i][1]]);
  return `poly:${[...whole[0].map((degrees) => (degrees / FINE).toFixed(5)), ...steps].join(",")}`;
}

/** A shape as the server is asked. */
export function queryOf(shape) {
  if (shape.kind === "of") return { place: `${shape.layer}:${shape.id}`, ...(shape.reach ? { reach: shape.reach } : {}) };
  if (shape.kind === "circle") return { lon: shape.lon.toFixed(5), lat: shape.lat.toFixed(5), reach: shape.reach };
  const ring = [...shape.corners, shape.corners[0]].map(([lat, lon]) => `${lon.toFixed(5)} ${lat.toFixed(5)}`);
  return { shape: `POLYGON((${ring.join(",")}))` };
}

/** The ground of a place on record: its own, a corridor along what is a line, what lies around a point; of a spot that is no
 * place on record the circle around it. */
export function placeShape({ layer, id, geometry, lat, lon }) {
  if (!layer) return { kind: "circle", lat, lon, reach: AROUND_M };
  const reach = /Point/.test(geometry.type) ? AROUND_M : /LineString/.test(geometry.type) ? CORRIDOR_M : null;
  return { kind: "of", layer, id, reach };
}

/** The four corners of a box between two. */
export const boxOf = ([[south, west], [north, east]]) => [[south, west], [south, east], [north, east], [north, west]];

/** Square metres within corners, near enough to be shown while one draws. */
export function squareMetres(corners) {
  const along = Math.cos((corners[0][0] * Math.PI) / 180) * METRE;
  const flat = corners.map(([lat, lon]) => [(lon - corners[0][1]) * along, (lat - corners[0][0]) * METRE]);
  return Math.abs(flat.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = flat[(i + 1) % flat.length];
    return sum + x * nextY - nextX * y;
  }, 0)) / 2;
}
