/** Pieces of a canvas, painted: the ground of a vector tile, and the words that reach into it. */

const BUFFER = 16; // pixels beyond a piece that may reach into it
const sorted = new WeakMap(); // features of a layer in a tile → the same by class
const larger = new WeakMap(); // features → the same at twice and four times the size

export const SPAN = 1; // the library counts squares of 256 pixels; a canvas, as a tile, is 512 wide
export const SIDE = 256 << SPAN;
export const WHOLE = { minX: 0, minY: 0, maxX: SIDE, maxY: SIDE };

/** The first of the library's squares that a canvas covers. */
export const square = ({ x, y, z }) => ({ x: x << SPAN, y: y << SPAN, z });

/** A box in pieces of a size, each painted before anybody is heard again. */
export function pieces({ minX, minY, maxX, maxY }, size) {
  const found = [];
  const beyond = (from) => size * (Math.floor(from / size) + 1);
  for (let x = minX; x < maxX; x = beyond(x)) {
    for (let y = minY; y < maxY; y = beyond(y)) {
      found.push({ minX: x, minY: y, maxX: Math.min(maxX, beyond(x)), maxY: Math.min(maxY, beyond(y)) });
    }
  }
  return found;
}

/** What of a canvas lies around a box in it, as boxes. */
export function around({ minX, minY, maxX, maxY }) {
  return [
    { ...WHOLE, maxY: minY }, { ...WHOLE, minY: maxY },
    { minX: 0, minY, maxX: minX, maxY }, { minX: maxX, minY, maxX: SIDE, maxY },
  ];
}

/** Have `draw(context)` paint a piece of a tile on an easel, on empty ground or upon what is `kept`. */
export function paintPiece({ canvas, ratio, left, top }, piece, kept, draw) {
  const context = canvas.getContext("2d");
  const [west, north, east, south] = [piece.minX, piece.minY, piece.maxX, piece.maxY].map((edge) => Math.round(edge * ratio));
  context.save();
  context.translate(-left, -top);
  context.beginPath();
  context.rect(west, north, east - west, south - north); // in the screen's own pixels: pieces meet without a seam
  context.clip();
  if (!kept) context.clearRect(west, north, east - west, south - north);
  context.scale(ratio, ratio);
  draw(context);
  context.restore();
}

/** Paint the surfaces and lines of a tile that reach into a piece of the canvas at `coords`; returns whether any did. A layer
 * that `laid(context, layer, tile, coords, piece)` put there is not painted. */
export function paintGround(context, rules, tile, coords, piece, laid = () => false) {
  const [left, top] = [coords.x * SIDE - tile.origin.x, coords.y * SIDE - tile.origin.y];
  const box = moved(piece, left, top);
  context.save(); // words are written from the canvas's corner
  context.miterLimit = 2;
  context.translate(-left, -top);
  let [all, near, layer, there, painted] = [null, [], null, false, false];
  for (const rule of rules) {
    if (coords.z < rule.minzoom || !rule.isOn()) continue;
    if (rule.layer !== layer) {
      layer = rule.layer;
      there = laid(context, layer, tile, coords, piece);
    }
    if (there) continue;
    const found = featuresOf(tile, rule);
    if (found !== all) { // the passes of a layer follow each other and paint the same
      all = found;
      near = found.filter(({ bbox }) => bbox.maxX >= box.minX && bbox.minX <= box.maxX
        && bbox.maxY >= box.minY && bbox.minY <= box.maxY);
    }
    const features = near.length ? rule.shown(near, coords.z) : near;
    if (!features.length) continue;
    rule.draw(context, features, coords.z);
    painted = true;
  }
  context.restore();
  return painted;
}

/** The words of an index that reach into a piece of the canvas at `coords`. */
export function wordsIn(index, { x, y }, piece) {
  return index?.searchBbox(moved(piece, x * SIDE, y * SIDE), Infinity) ?? new Set();
}

/** Write words where they stand on the canvas at `coords`. */
export function writeWords(context, labels, coords) {
  const [left, top] = [coords.x * SIDE, coords.y * SIDE];
  for (const label of labels) {
    context.save();
    context.translate(label.anchor.x - left, label.anchor.y - top);
    label.draw(context);
    context.restore();
  }
}

const moved = ({ minX, minY, maxX, maxY }, x, y) =>
  ({ minX: minX + x - BUFFER, minY: minY + y - BUFFER, maxX: maxX + x + BUFFER, maxY: maxY + y + BUFFER });

/** The features that a rule paints, at the size they have on the screen. */
function featuresOf({ data, scale }, { layer, row }) {
  const all = data.get(layer.id);
  if (!all) return [];
  if (!sorted.has(all)) sorted.set(all, byClass(all, layer));
  const found = sorted.get(all).get(row) ?? [];
  return scale === 1 ? found : enlarged(found, scale);
}

/** By class and, under null, all that have one: a thing without a class is not drawn. */
function byClass(features, layer) {
  const found = new Map([[null, []]]);
  for (const feature of features) {
    const row = layer.classAt(feature.props);
    if (!row) continue;
    if (!found.has(row)) found.set(row, []);
    found.get(row).push(feature);
    found.get(null).push(feature);
  }
  return found;
}

function enlarged(features, scale) {
  if (!larger.has(features)) larger.set(features, new Map());
  const known = larger.get(features);
  if (!known.has(scale)) known.set(scale, features.map((feature) => grown(feature, scale)));
  return known.get(scale);
}

function grown({ geom, bbox, ...feature }, scale) {
  const { minX, minY, maxX, maxY } = bbox;
  return {
    ...feature,
    geom: geom.map((line) => line.map((point) => point.clone().mult(scale))),
    bbox: { minX: minX * scale, minY: minY * scale, maxX: maxX * scale, maxY: maxY * scale },
  };
}
