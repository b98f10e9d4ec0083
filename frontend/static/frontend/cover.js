/** The tiles over a piece of the city, from the widest to the finest. Pure. */

import { holds } from "./packed.js";

const [FIRST, LAST] = [2, 18]; // the map's zooms, less one: a tile covers 512 pixels
const STEPS = [0.02, 0.25, 0.5, 0.75, 0.98];

/** Tiles [z, x, y] that rings of lon/lat reach into. */
export function cover(outline) {
  const found = [];
  for (let z = FIRST; z <= LAST; z++) {
    const rings = outline.map((ring) => ring.map(([lon, lat]) => across(lon, lat, z)));
    const [xs, ys] = [rings.flat().map(([x]) => Math.floor(x)), rings.flat().map(([, y]) => Math.floor(y))];
    const touched = new Set(xs.map((x, i) => `${x}/${ys[i]}`));
    for (let x = Math.min(...xs); x <= Math.max(...xs); x++) {
      for (let y = Math.min(...ys); y <= Math.max(...ys); y++) {
        const inside = () => STEPS.some((dx) => STEPS.some((dy) => holds(rings, x + dx, y + dy)));
        if (touched.has(`${x}/${y}`) || inside()) found.push([z, x, y]);
      }
    }
  }
  return found;
}

function across(lon, lat, z) {
  const side = 2 ** z;
  const y = 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
  return [((lon + 180) / 360) * side, y * side];
}
