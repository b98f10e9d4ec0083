/** Where a place of a pack leads: to the map apps on the phone, each in the datum that it expects, as `layers/onward.py`. Pure.
 *
 * The published formulas of GCJ-02 and BD-09, as `gis/crs.py` has them; a test holds both to each other. */

const { PI, sin, cos, sqrt, abs, hypot, atan2 } = Math;
const [A, EE, BD] = [6378245.0, 0.00669342162296594323, (PI * 3000) / 180];
const [WEST, EAST, SOUTH, NORTH] = [72.004, 137.8347, 0.8293, 55.8271];
const DIGITS = 6;
const BLANK = /\{(\w+)\}/g;
const BESIDE = /[!'()*]/g; // what Python escapes too

const isChina = (lon, lat) => lon > WEST && lon < EAST && lat > SOUTH && lat < NORTH;
const radians = (degrees) => (degrees * PI) / 180;
const degrees = (angle) => (angle * 180) / PI;

/** Degrees of CGCS2000 as GCJ-02 shifts them: [lon, lat]. */
export function gcj02(lon, lat) {
  if (!isChina(lon, lat)) return [lon, lat];
  const [x, y, root] = [lon - 105, lat - 35, sqrt(abs(lon - 105))];
  const ripple = 20 * sin(6 * x * PI) + 20 * sin(2 * x * PI);
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    + ((ripple + 20 * sin(y * PI) + 40 * sin((y / 3) * PI) + 160 * sin((y / 12) * PI)) * 2) / 3 + (320 * sin((y * PI) / 30) * 2) / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    + ((ripple + 20 * sin(x * PI) + 40 * sin((x / 3) * PI) + 150 * sin((x / 12) * PI)) * 2) / 3 + (300 * sin((x / 30) * PI) * 2) / 3;
  const phi = radians(lat);
  const magic = 1 - EE * sin(phi) ** 2;
  return [lon + degrees((east * sqrt(magic)) / (A * cos(phi))), lat + degrees((north * magic * sqrt(magic)) / (A * (1 - EE)))];
}

/** The same once more as Baidu shifts them. */
export function bd09(lon, lat) {
  const [x, y] = gcj02(lon, lat);
  if (!isChina(x, y)) return [x, y];
  const z = hypot(x, y) + 0.00002 * sin(y * BD);
  const theta = atan2(y, x) + 0.000003 * cos(x * BD);
  return [z * cos(theta) + 0.0065, z * sin(theta) + 0.006];
}

/** A link for each map app, out of what `layers/onward.py` says of the `apps`. */
export function appsFor(apps, title, lon, lat) {
  const [gcj, bd] = [gcj02(lon, lat), bd09(lon, lat)].map((pair) => pair.map((one) => one.toFixed(DIGITS)));
  const name = [...title.replace(/[:;|,]/g, " ")].slice(0, 50).join(""); // what separates the parts of Tencent's marker
  const said = { title: escaped(title), name: escaped(name), gcj_lon: gcj[0], gcj_lat: gcj[1], bd_lon: bd[0], bd_lat: bd[1] };
  return apps.map(([app, title, title_en, datum, link]) => ({ app, title, title_en, datum, url: link.replace(BLANK, (_, key) => said[key]) }));
}

const escaped = (text) => encodeURIComponent(text).replace(BESIDE, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
