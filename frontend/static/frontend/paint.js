/** The hands of the canvas layer: each tile's ground as soon as its data are there, the words when the map stands still.
 *
 * protomaps-leaflet paints a tile at one go, when everything for it is known; on an old phone the reader looks at nothing
 * for that long, and a finger that moves the map waits for words. So its `renderTile` is replaced here: surfaces and lines
 * first, a tile at a time; then words on top of them, once all of a burst have come. */

const BUFFER = 16; // pixels beyond a tile that may reach into it
const TOGETHER_MS = 250; // words of tiles that come so close together are laid out together
const TASK_MS = 100; // half of what a reader may wait for an answer to his touch
const STILL_MS = 200; // a finger that rests so long lets words be written
const SIDE = 256;
const sorted = new WeakMap(); // features of a layer in a tile → the same by class
const larger = new WeakMap(); // features → the same at twice and four times the size

/** Replace how `layer` renders tiles. `complete()` says whether all requests have been answered, `words()` promises the
 * rules of labels, `told()` hears whenever a tile has been painted. Returns {busy}: how many tiles still lack something. */
export function paintInSteps(layer, map, { complete, words, told }) {
  const motion = watchMotion(map, () => release());
  const waiting = new Set();
  const ahead = new Map(); // key → how many times it is being painted
  const outdated = new Set();
  const inTurn = queue(motion);
  let lettering = null;
  let unpainted = 0; // tiles that have their data and no ground yet

  layer.renderTile = async (coords, element, key, done) => {
    layer.lastRequestedZ = coords.z;
    element.done = done ?? element.done;
    element.round = (element.round ?? 0) + 1;
    const { round } = element;
    const stale = () => element.key !== key || element.round !== round || layer.lastRequestedZ !== coords.z || !layer._map;
    ahead.set(key, (ahead.get(key) ?? 0) + 1);
    try {
      await steps(coords, element, stale);
    } finally {
      if (ahead.get(key) > 1) ahead.set(key, ahead.get(key) - 1);
      else ahead.delete(key);
      if (!ahead.size && outdated.size) setTimeout(repaint);
      told();
    }
  };
  layer.onTilesInvalidated = (keys) => {
    for (const key of keys) if (layer._tiles[key] && !ahead.has(key)) outdated.add(key);
  };
  return { get busy() { return ahead.size; } };

  async function steps(coords, element, stale) {
    const tile = await layer.views.get("").getDisplayTile(coords).catch((error) => {
      if (error.name !== "AbortError") throw error;
      return null;
    });
    const fresh = !element.written;
    if (fresh) {
      unpainted += 1;
      await inTurn(distance(coords));
      unpainted -= 1;
      if (stale()) return;
      picture(layer, element, false, (context) => tile && paintGround(context, layer, tile, coords));
      show(element);
    }
    await pause();
    if (!(await lettered()) || stale()) return;
    if (tile) layer.labelers.add(coords.z, new Map([["", [tile]]]));
    await inTurn(distance(coords));
    if (stale()) return;
    picture(layer, element, fresh, (context) => {
      if (tile && !fresh) paintGround(context, layer, tile, coords); // with its words at one go: nothing flickers
      if (tile) write(context, layer, coords);
    });
    element.written = true;
    show(element);
  }

  /** Whether there are rules for words; a failed request for them is made again with the next tile. */
  function lettered() {
    lettering ??= words().then((rules) => {
      layer.labelRules = rules;
      layer.clearLayout();
      return true;
    }).catch(() => (lettering = null));
    return lettering;
  }

  function show(element) {
    element.done?.();
    element.done = null;
  }

  function distance(coords) {
    return coords.distanceTo(map.getPixelBounds().getCenter().divideBy(SIDE).subtract([0.5, 0.5]));
  }

  function pause() {
    return new Promise((resolve) => {
      waiting.add(resolve);
      setTimeout(release, complete() ? 0 : TOGETHER_MS);
    });
  }

  function release() {
    if (motion.moving || unpainted) return; // whoever paints the last one comes here again
    for (const go of waiting) go();
    waiting.clear();
  }

  function repaint() {
    if (motion.moving) return void setTimeout(repaint, STILL_MS);
    const keys = [...outdated];
    outdated.clear();
    for (const key of keys) layer.rerenderTile(key);
  }
}

/** {moving}: whether the map is being moved now; `still()` is called when it has come to rest. */
function watchMotion(map, still) {
  const motion = { moving: false };
  let rest = 0;
  const stop = () => {
    clearTimeout(rest);
    motion.moving = false;
    still();
  };
  map.on("move", () => {
    motion.moving = true;
    clearTimeout(rest);
    rest = setTimeout(stop, STILL_MS);
  });
  map.on("moveend", stop);
  return motion;
}

/** Pieces of work, the nearest first: as many a task as a reader does not notice, for each frame between costs as much as a
 * tile; while the map moves, one a frame. */
function queue(motion) {
  const jobs = [];
  let busy = false;
  const next = async () => {
    const end = performance.now() + TASK_MS;
    do {
      jobs.sort((a, b) => a.far - b.far);
      jobs.shift().go();
      await null; // what waited for its turn is done before this goes on
    } while (jobs.length && !motion.moving && performance.now() < end);
    busy = jobs.length > 0;
    if (busy) plan();
  };
  const plan = () => (motion.moving ? requestAnimationFrame(next) : setTimeout(next));
  return (far) => new Promise((go) => {
    jobs.push({ far, go });
    if (!busy) plan();
    busy = true;
  });
}

function paintGround(context, layer, tile, coords) {
  const { x, y } = tile.origin;
  const [left, top] = [coords.x * SIDE - x, coords.y * SIDE - y];
  context.save(); // words are written from the tile's corner
  context.miterLimit = 2;
  context.translate(-left, -top);
  let [all, near] = [null, []];
  for (const rule of layer.paintRules) {
    if (coords.z < rule.minzoom || !rule.isOn()) continue;
    const found = featuresOf(tile, rule);
    if (found !== all) { // the passes of a layer follow each other and paint the same
      all = found;
      near = found.filter(({ bbox }) => bbox.maxX >= left - BUFFER && bbox.minX <= left + SIDE + BUFFER
        && bbox.maxY >= top - BUFFER && bbox.minY <= top + SIDE + BUFFER);
    }
    const features = near.length ? rule.shown(near, coords.z) : near;
    if (features.length) rule.draw(context, features, coords.z);
  }
  context.restore();
}

/** Have `draw(context)` paint a tile, on an empty canvas or upon what is `kept`. */
function picture(layer, element, kept, draw) {
  if (!kept) element.width = element.height = layer.tileSize; // which clears it
  const context = element.getContext("2d");
  context.setTransform(layer.tileSize / SIDE, 0, 0, layer.tileSize / SIDE, 0, 0);
  context.save();
  draw(context);
  context.restore();
}

function write(context, layer, coords) {
  const [left, top] = [coords.x * SIDE, coords.y * SIDE];
  const box = { minX: left - BUFFER, minY: top - BUFFER, maxX: left + SIDE + BUFFER, maxY: top + SIDE + BUFFER };
  for (const label of layer.labelers.getIndex(coords.z)?.searchBbox(box, Infinity) ?? []) {
    context.save();
    context.translate(label.anchor.x - left, label.anchor.y - top);
    label.draw(context);
    context.restore();
  }
}

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
