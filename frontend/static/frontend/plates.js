/** What each layer paints in the window, printed ahead on a plate of its own while nobody waits: a switch then lays the other
 * layers down as they are. Plates last as long as the map stands still. */

import { paintGround, SIDE } from "./brush.js";
import { paintRules } from "./draw.js";
import { dark } from "./palette.js";

const MOST = 96e6; // bytes of all plates
const BREATH_MS = 8; // left of an idle moment: too little for another plate
const FULL = { opacity: () => 1, only: () => null };

/** Give the `painter` of a map plates of its layers, whatever is switched on; `view` is as for `draw.js`. Returns {make()}. */
export function keepPlates({ map, layers, view }, painter) {
  const grounds = layers.map((layer) => ({ layer, rules: paintRules([layer], FULL) })).filter(({ rules }) => rules.length);
  const plates = new Map(); // canvas and layer → {features, seen, bitmap, left, top}; bitmap is null where nothing is
  const bytes = () => [...plates.values()].reduce((sum, { bitmap }) => sum + (bitmap ? bitmap.width * bitmap.height * 4 : 0), 0);
  let round = 0;

  painter.laid = (context, layer, tile, coords, piece) => {
    if (view.opacity(layer.id) !== 1 || view.only(layer.id) !== null) return false;
    const plate = plates.get(nameOf(coords, layer));
    if (!plate || plate.features !== tile.data.get(layer.id) || !holds(plate.seen, piece)) return false;
    if (plate.bitmap) lay(context, plate, tile, coords);
    return true;
  };
  map.on("movestart", () => {
    round += 1;
    for (const { bitmap } of plates.values()) bitmap?.close();
    plates.clear();
  });

  /** Print what is missing, a layer of a canvas at a time. */
  async function make() {
    if (!window.requestIdleCallback) return; // Safari cannot tell when nobody waits, and paints each time
    const own = ++round;
    let moment = await idle();
    for (const { coords, seen, tile } of await painter.inView()) {
      for (const { layer, rules } of grounds) {
        const features = tile.data.get(layer.id);
        const name = nameOf(coords, layer);
        if (!features || plates.get(name)?.features === features) continue;
        if (moment.timeRemaining() < BREATH_MS) moment = await idle();
        if (own !== round || bytes() > MOST) return;
        plates.get(name)?.bitmap?.close();
        plates.set(name, { features, seen, ...printed(rules, tile, coords, seen) });
      }
    }
  }

  function printed(rules, tile, coords, seen) {
    const { ratio } = painter;
    const [left, top, right, bottom] = [seen.minX, seen.minY, seen.maxX, seen.maxY].map((edge) => Math.round(edge * ratio));
    const canvas = new OffscreenCanvas(right - left, bottom - top);
    const context = canvas.getContext("2d");
    context.translate(-left, -top);
    context.scale(ratio, ratio);
    if (!paintGround(context, rules, tile, coords, seen)) return { bitmap: null };
    return { bitmap: canvas.transferToImageBitmap(), left, top };
  }

  /** Lay a plate down pixel by pixel, from the corner of its canvas. */
  function lay(context, { bitmap, left, top }, { origin }, { x, y }) {
    context.save();
    context.translate(x * SIDE - origin.x, y * SIDE - origin.y);
    context.scale(1 / painter.ratio, 1 / painter.ratio);
    context.globalAlpha = 1;
    context.drawImage(bitmap, left, top);
    context.restore();
  }

  return { make };
}

const nameOf = ({ x, y, z }, layer) => `${x}:${y}:${z} ${layer.id} ${dark()}`;
const holds = (box, { minX, minY, maxX, maxY }) => minX >= box.minX && minY >= box.minY && maxX <= box.maxX && maxY <= box.maxY;
const idle = () => new Promise((go) => requestIdleCallback(go));
