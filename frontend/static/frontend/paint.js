/** The hands of the canvas layer: each tile's ground as soon as its data are there, the words when the map stands still.
 *
 * protomaps-leaflet paints a tile at one go, when everything for it is known; on an old phone the reader looks at nothing
 * for that long, and a finger that moves the map waits for words. So its `renderTile` is replaced here: surfaces and lines
 * first, a piece at a time; then words on top of them, once all of a burst have come. What is in view comes first. */

import { around, paintGround, paintPiece, pieces, SIDE, SPAN, square, WHOLE, wordsIn, writeWords } from "./brush.js";
import { easel, hang } from "./easel.js";

const TOGETHER_MS = 250; // words of tiles that come so close together are laid out together
const TASK_MS = 100; // half of what a reader may wait for an answer to his touch
const STILL_MS = 200; // a finger that rests so long lets words be written

/** Replace how `layer` renders tiles. `complete()` says whether all requests have been answered, `words()` promises the
 * rules of labels, `told()` hears whenever a tile has been painted, `furnished()` says whether what stands around the map
 * answers: that comes before what is out of the window. Returns {busy}: how many tiles still lack something. */
export function paintInSteps(layer, map, { complete, words, told, furnished }) {
  const motion = watchMotion(map, { starts: () => go(true), stops: () => release() });
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
    for (const key of new Set([...keys].map(canvasOf))) if (layer._tiles[key] && !ahead.has(key)) outdated.add(key);
  };
  const painter = {
    ratio: layer.tileSize / SIDE,
    get busy() {
      return ahead.size;
    },
    laid: undefined, // who lays down what is painted already, when there is somebody
    written: undefined, // and what is written
    wordsIn: (coords, piece) => wordsIn(layer.labelers.getIndex(coords.z), coords, piece),
    /** The canvases in view as {coords, seen, tile}: what of each is seen, and the data that it shows. */
    async inView() {
      const all = Object.values(layer._tiles).filter(({ current }) => current).map(({ coords }) => ({ coords, seen: seenOf(coords) }));
      const seen = all.filter(({ seen: { minX, minY, maxX, maxY } }) => minX < maxX && minY < maxY);
      return Promise.all(seen.map(async (one) => ({ ...one, tile: await layer.views.get("").getDisplayTile(square(one.coords)) })));
    },
  };
  return painter;

  async function steps(coords, element, stale) {
    const tile = await layer.views.get("").getDisplayTile(square(coords)).catch((error) => {
      if (error.name !== "AbortError") throw error;
      return null;
    });
    const fresh = !element.written;
    const ground = (context, piece) => tile && paintGround(context, layer.paintRules, tile, coords, piece, painter.laid);
    const letters = (context, piece) => tile && write(context, coords, piece);
    const both = (context, piece) => (ground(context, piece), letters(context, piece)); // at one go: nothing flickers
    const job = { coords, element, stale, sheet: easel(seenOf(coords), painter.ratio) };
    const paint = (...what) => inPieces(job, ...what);
    const begin = (box) => (job.sheet = easel(box, painter.ratio, job.sheet));
    const { box } = job.sheet;
    let rest = around(box).flatMap(parts);
    if (fresh) {
      unpainted += 1;
      const done = await paint(parts(box), ground);
      unpainted -= 1;
      if (!done) return;
    }
    while (await pause()) {
      if (rest.length) begin(WHOLE);
      if (fresh && rest.length && !(await paint(rest, ground))) return;
      rest = [];
    }
    if (!(await lettered()) || stale()) return;
    if (tile) layer.labelers.add(coords.z, new Map([["", [tile]]]));
    if (fresh) begin(job.sheet.box);
    if (!(await paint(parts(job.sheet.box), fresh ? letters : both, fresh))) return;
    element.written = true;
    if (rest.length) later(() => (begin(WHOLE), paint(rest, both)));
  }

  function write(context, coords, piece) {
    const labels = painter.wordsIn(coords, piece);
    if (!painter.written?.(context, coords, piece, labels)) writeWords(context, labels, coords);
  }

  /** Paint pieces of a tile, each in its turn, and show them; whether they are, before it was wanted for something else. */
  async function inPieces(job, boxes, draw, kept = false) {
    for (const piece of boxes) {
      await inTurn(distance(job.coords, piece));
      if (job.stale()) return false;
      paintPiece(job.sheet, piece, kept, (context) => draw(context, piece));
    }
    if (job.stale()) return false;
    job.sheet = hang(job.sheet, job.element);
    job.element.done?.();
    job.element.done = null;
    return true;
  }

  /** By quarters while the map moves; else at one go: what lies across an edge is painted twice. */
  function parts(box) {
    return pieces(box, motion.moving ? SIDE / 2 : SIDE);
  }

  /** What of a canvas is in view; all of it while the map moves. */
  function seenOf({ x, y, z }) {
    if (motion.moving || z !== map.getZoom()) return WHOLE;
    const { min, max } = map.getPixelBounds();
    const within = (edge, from) => Math.min(SIDE, Math.max(0, edge - from * SIDE));
    return {
      minX: within(Math.floor(min.x), x), minY: within(Math.floor(min.y), y),
      maxX: within(Math.ceil(max.x), x), maxY: within(Math.ceil(max.y), y),
    };
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

  function distance({ x, y }, { minX, minY, maxX, maxY }) {
    const middle = map.getPixelBounds().getCenter();
    return middle.distanceTo([x * SIDE + (minX + maxX) / 2, y * SIDE + (minY + maxY) / 2]);
  }

  /** Until words may be written, or the map begins to move; whether it does. */
  function pause() {
    return new Promise((resolve) => {
      waiting.add(resolve);
      setTimeout(release, complete() ? 0 : TOGETHER_MS);
    });
  }

  function release() {
    if (motion.moving || unpainted) return; // whoever paints the last one comes here again
    go(false);
  }

  function go(moves) {
    const all = [...waiting];
    waiting.clear();
    for (const resolve of all) resolve(moves);
  }

  /** Do what nobody sees when nobody waits; a map that moves will show it soon. */
  function later(act) {
    if (motion.moving) setTimeout(act);
    else setTimeout(() => (furnished() || motion.moving ? act() : later(act)), STILL_MS);
  }

  function repaint() {
    if (motion.moving) return void setTimeout(repaint, STILL_MS);
    const keys = [...outdated];
    outdated.clear();
    for (const key of keys) layer.rerenderTile(key);
  }
}

/** The key of the canvas that covers one of the library's squares. */
function canvasOf(key) {
  const [x, y, z] = key.split(":");
  return `${x >> SPAN}:${y >> SPAN}:${z}`;
}

/** {moving}: whether the map is being moved now; told when it `starts` and when it has come to rest. */
function watchMotion(map, { starts, stops }) {
  const motion = { moving: false };
  let rest = 0;
  const stop = () => {
    clearTimeout(rest);
    motion.moving = false;
    stops();
  };
  map.on("move", () => {
    if (!motion.moving) {
      motion.moving = true;
      starts();
    }
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
