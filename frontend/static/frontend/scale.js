/** How large a map is on paper: what a pixel is on the ground, the zoom and the stretch of a fixed scale, a bar to measure by. Pure. */

export const SCALES = [500, 1000, 2000, 5000, 10000];
export const PIXELS = 96 / 25.4; // CSS pixels a millimetre
const EQUATOR = 40075016.69; // metres
const SQUARED = 0.00669437999; // eccentricity of the ellipsoid
const DEEPEST = 20;
const LONGEST = 50; // millimetres of a bar

/** Metres on the ground that a pixel covers: the mean of east and north, which differ by half a per cent on the ellipsoid. */
export function metresAPixel(lat, zoom) {
  const phi = (lat * Math.PI) / 180;
  const bent = Math.sqrt(1 - SQUARED) / (1 - SQUARED * Math.sin(phi) ** 2);
  return (EQUATOR * Math.cos(phi) * bent) / 256 / 2 ** zoom;
}

/** The map is drawn at whole zooms: the nearest one, and how much it is stretched on paper to be 1:`scale`. */
export function fixed(scale, lat) {
  const wanted = scale / 1000 / PIXELS;
  const zoom = Math.min(DEEPEST, Math.round(Math.log2(metresAPixel(lat, 0) / wanted)));
  return { zoom, stretch: metresAPixel(lat, zoom) / wanted };
}

/** How many times smaller the map is where it is not stretched. */
export const scaleAt = (lat, zoom) => metresAPixel(lat, zoom) * PIXELS * 1000;

/** The longest round length that is not too long on paper: {metres, millimetres}. */
export function bar(scale) {
  const most = (LONGEST * scale) / 1000;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= most);
  return { metres, millimetres: (metres * 1000) / scale };
}
