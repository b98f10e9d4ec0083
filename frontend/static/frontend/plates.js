/** What each layer paints in the window, printed ahead on a plate of its own while nobody waits, and the words on one more: a
 * switch then lays the other layers down as they are, and the words too where they stay. Plates last as long as the map stands still. */

import { paintGround, SIDE, writeWords } from "./brush.js";
import { paintRules } from "./draw.js";
import { dark } from "./palette.js";

const MOST = 96e6; // bytes of all plates
const BREATH_MS = 8; // left of an idle moment: too little for another plate
const SLOTS = ["words", "other words"]; // as they are and as they were before a switch
const FULL = { opacity: () => 1, only: () => null };

/** Give the `painter` of a map plates of its layers, whatever is switched on; `view` is as for `draw.js`. Returns {make()}. */
export function keepPlates({ map, layers, view }, painter) {
  const grounds = layers.map((layer) => ({ layer, rules: paintRules([layer], FULL) })).filter(({ rules }) => rules.length);
  const plates = new Map(); // canvas and layer → {features, seen, bitmap, left, top}; bitmap is null where nothing is; of words: draws
  const bytes = () => [...plates.values()].reduce((sum, { bitmap }) => sum + (bitmap ? bitmap.width * bitmap.height * 4 : 0), 0);
  let round = 0;
  let turn = 0;

  painter.laid = (context, layer, tile, coords, piece) => {
    if (view.opacity(layer.id) !== 1 || view.only(layer.id) !== null) return false;
    const plate = plates.get(nameOf(coords, layer.id));
    if (!plate || plate.features !== tile.data.get(layer.id) || !holds(plate.seen, piece)) return false;
    if (plate.bitmap) lay(context, plate, coords.x * SIDE - tile.origin.x, coords.y * SIDE - tile.origin.y);
    return true;
  };
  painter.written = (context, coords, piece) => {
    const plate = isFull() && wordsAt(coords);
    if (!plate || !holds(plate.seen, piece)) return false;
    if (plate.bitmap) lay(context, plate, 0, 0);
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
    for (const print of await lacking()) {
      if (moment.timeRemaining() < BREATH_MS) moment = await idle();
      if (own !== round) return;
      if (bytes() > MOST) break;
      print();
    }
    performance.mark("map:printed"); // for who measures or tests
  }

  /** The plates that are missing, as functions that print one: words first, for every switch wants those. */
  async function lacking() {
    const canvases = (await painter.inView()).filter(({ tile }) => tile);
    const words = isFull() ? canvases.map(({ coords, seen }) => () => printWords(coords, seen)) : [];
    const ground = canvases.flatMap(({ coords, seen, tile }) => grounds.map(({ layer, rules }) => () => {
      const features = tile.data.get(layer.id);
      const name = nameOf(coords, layer.id);
      if (!features || plates.get(name)?.features === features) return;
      keep(name, { features, seen, ...printed(seen, (context) => paintGround(context, rules, tile, coords, seen)) });
    }));
    return [...words, ...ground];
  }

  function printWords(coords, seen) {
    if (wordsAt(coords)) return;
    const labels = painter.wordsIn(coords, seen);
    const name = nameOf(coords, SLOTS.find((slot) => !plates.has(nameOf(coords, slot))) ?? SLOTS[(turn += 1) % SLOTS.length]);
    keep(name, { draws: drawsOf(labels), seen, ...printed(seen, (context) => (writeWords(context, labels, coords), labels.size)) });
  }

  /** The plate of the words that stand on a canvas now. A label laid out again where it stood is drawn by the same function. */
  function wordsAt(coords) {
    const held = SLOTS.map((slot) => plates.get(nameOf(coords, slot))).filter(Boolean);
    return held.find(({ draws, seen }) => same(draws, drawsOf(painter.wordsIn(coords, seen))));
  }

  function keep(name, plate) {
    plates.get(name)?.bitmap?.close();
    plates.set(name, plate);
  }

  /** What `draw(context)` paints in a box of a canvas; nothing when it says so. */
  function printed(seen, draw) {
    const { ratio } = painter;
    const [left, top, right, bottom] = [seen.minX, seen.minY, seen.maxX, seen.maxY].map((edge) => Math.round(edge * ratio));
    const canvas = new OffscreenCanvas(right - left, bottom - top);
    const context = canvas.getContext("2d");
    context.translate(-left, -top);
    context.scale(ratio, ratio);
    if (!draw(context)) return { bitmap: null };
    return { bitmap: canvas.transferToImageBitmap(), left, top };
  }

  /** Lay a plate down pixel by pixel, from the corner of its canvas. */
  function lay(context, { bitmap, left, top }, x, y) {
    context.save();
    context.translate(x, y);
    context.scale(1 / painter.ratio, 1 / painter.ratio);
    context.globalAlpha = 1;
    context.drawImage(bitmap, left, top);
    context.restore();
  }

  /** Whether all that is on is shown in full: words are as faint as their layer. */
  function isFull() {
    return layers.every(({ id }) => !view.opacity(id) || view.opacity(id) === 1);
  }

  return { make };
}

const nameOf = ({ x, y, z }, what) => `${x}:${y}:${z} ${what} ${dark()}`;
const drawsOf = (labels) => new Set([...labels].map(({ draw }) => draw));
const same = (some, others) => some.size === others.size && [...some].every((one) => others.has(one));
const holds = (box, { minX, minY, maxX, maxY }) => minX >= box.minX && minY >= box.minY && maxX <= box.maxX && maxY <= box.maxY;
const idle = () => new Promise((go) => requestIdleCallback(go));
