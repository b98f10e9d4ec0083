/** One canvas layer for all switched-on layers: one request a tile, failures kept and told, never thrown.
 *
 * protomaps-leaflet keeps the tiles and places the words; tiles are read by `decode.js` and painted by `paint.js`. */

import { fetchEarly, tileOf } from "./ahead.js";
import { SIDE, SPAN, square } from "./brush.js";
import { decode } from "./decode.js";
import { keepLayouts } from "./layouts.js";
import { paintInSteps } from "./paint.js";

const DEEPEST = 18; // tiles of this zoom serve every deeper zoom of the map
const PATIENCE = 700;

/** Add the layer to the map. `ids()` are the layers wanted, `ground` the rules that paint them, `words()` promises those
 * that label them and is asked when the first ground is painted, `worded(zoom)` says in a word which they are,
 * `furnished()` whether what stands around the map answers; `told` hears {busy, failed} when either changes. */
export function addTiles(map, { ids, ground, words, worded = () => "", furnished = () => true }, told) {
  let asked = [];
  let failed = null;
  let due = 0; // the frame after which a change is painted
  const open = new Set(); // requests under way
  const ahead = new Set(); // layers that are off and may be wanted next
  const settled = () => !due && !open.size && !layer.isLoading() && !painter.busy;
  const report = () => told({ busy: !settled(), failed });

  /** What the library's cache asks for a tile: its features by layer, those too that are switched on meanwhile. */
  async function get(tile) {
    const data = new Map();
    const had = [];
    for (let lacking = asked; lacking.length; lacking = asked.filter((id) => !had.includes(id))) {
      for (const [id, features] of await fetchLayers(lacking, tile)) data.set(id, features);
      had.push(...lacking);
    }
    return data;
  }

  async function fetchLayers(wanted, { z, x, y }) {
    const cut = new AbortController();
    for (const other of open) if (other.z !== z) other.cut.abort();
    const request = { z, cut };
    open.add(request);
    report();
    try {
      return await fetchTile(wanted, { z, x, y }, cut.signal);
    } catch (error) {
      if (error.name !== "AbortError") failed = error;
      // An AbortError is what the library's cache passes on and does not remember as an empty tile.
      throw new DOMException("no tile", "AbortError");
    } finally {
      open.delete(request);
      report();
    }
  }

  async function fetchTile(wanted, tile, signal) {
    const response = await fetchEarly(tileOf(wanted, tile), signal);
    if (!response.ok && response.status !== 404) throw new Error(String(response.status));
    const data = response.ok && response.status !== 204 ? await response.arrayBuffer() : new ArrayBuffer(0);
    return decode(new Uint8Array(data), SIDE, Point);
  }

  const layer = protomapsL.leafletLayer({
    url: { getZxy: () => undefined }, // the library wants an archive; ours takes its place below
    paintRules: ground,
    attribution: "",
    maxDataZoom: DEEPEST,
    levelDiff: SPAN,
    maxZoom: 20,
    tileSize: SIDE,
    noWrap: true,
    updateWhenIdle: false,
    updateInterval: 120,
    devicePixelRatio: Math.min(3, window.devicePixelRatio || 1),
  });
  layer.tileSize = Math.round(SIDE * layer.devicePixelRatio);
  asked = ids();
  const view = layer.views.get("");
  const { tileCache } = view;
  const Point = view.dataTileForDisplayTile({ z: 0, x: 0, y: 0 }).origin.constructor; // the labeler's own kind
  tileCache.source = { get };
  const layouts = keepLayouts(layer, map, () => worded(map.getZoom()));
  const painter = paintInSteps(layer, map, { complete: () => !open.size, words, told: report, furnished });
  layer.on("load loading tileload", report);
  layer.addTo(map);
  // A tile whose request was cut off by a quick change of zoom is not asked for again by the library.
  let watch = 0;
  map.on("moveend", () => {
    clearTimeout(watch);
    watch = setTimeout(() => !open.size && layer.isLoading() && layer.rerenderTiles(), PATIENCE);
  });

  /** The tiles on the map as [key, the tile of data that it shows a part of]. */
  function* displayed() {
    for (const key of Object.keys(layer._tiles)) {
      yield [key, view.dataTileForDisplayTile(square(layer._wrapCoords(layer._keyToTileCoords(key)))).dataTile];
    }
  }

  /** Paint all that is there again; words stay where they are unless other ones are wanted. */
  function paint() {
    layouts.choose();
    layer.rerenderTiles();
  }

  async function follow() {
    due = 0;
    const wanted = ids();
    const lacking = wanted.filter((id) => !asked.includes(id));
    asked = [...wanted, ...asked.filter((id) => !wanted.includes(id))];
    if (lacking.length) await complete(lacking);
    paint();
    report();
  }

  /** Ask for what the tiles at hand lack, and for nothing that they have. */
  async function complete(lacking) {
    const seen = new Set([...displayed()].map(([, { x, y, z }]) => `${x}:${y}:${z}`));
    const held = tileCache.cache;
    await Promise.all([...held].map(async ([key, { data }]) => {
      const [x, y, z] = key.split(":").map(Number);
      const more = seen.has(key) ? await supplement(data, lacking, (ids) => fetchLayers(ids, { z, x, y })) : false;
      if (!more) held.delete(key); // to be asked for as a whole when it is seen
    }));
  }

  /** Put into a tile's data what it lacks of some layers; whether it has them then. */
  async function supplement(data, wanted, fetched) {
    const ids = wanted.filter((id) => !data.has(id));
    const more = ids.length ? await fetched(ids).catch(() => null) : new Map();
    if (more) for (const id of ids) data.set(id, more.get(id) ?? []);
    return Boolean(more);
  }

  /** Put newer data in the place of a tile's, and have its words laid out anew. */
  async function exchange(key) {
    const [x, y, z] = key.split(":").map(Number);
    const data = await get({ z, x, y }).catch(() => null);
    if (!data) return false;
    tileCache.cache.set(key, { used: performance.now(), data });
    layouts.prune(`${key}:`);
    return true;
  }

  return {
    /** Draw again what is there, its words too: after a change of theme or of the size of type. */
    redraw() {
      layer.clearLayout();
      layer.rerenderTiles();
    },
    /** Draw after a change of layers, opacity or filter, and ask for layers that the tiles at hand lack. What the reader
     * pressed shows first: his switch turns in the next frame, the map follows. */
    refresh() {
      due ||= requestAnimationFrame(() => setTimeout(follow));
      report();
    },
    /** Forget the tiles at hand and ask for them anew. */
    reload() {
      asked = ids();
      failed = null;
      tileCache.cache.clear();
      this.redraw();
      report();
    },
    /** Ask anew for the tiles at hand of which `touched(z, x, y)` holds; what is seen stays until its successor has come.
     * Resolves with whether all have come. */
    async renew(touched) {
      const keys = [...tileCache.cache.keys()].filter((key) => {
        const [x, y, z] = key.split(":").map(Number);
        return touched(z, x, y);
      });
      const seen = new Set([...displayed()].map(([, { x, y, z }]) => `${x}:${y}:${z}`));
      const come = await Promise.all(keys.map((key) => seen.has(key) ? exchange(key) : tileCache.cache.delete(key)));
      const near = ([, { x, y, z }]) => keys.some((key) => {
        const [column, row, zoom] = key.split(":").map(Number);
        return z === zoom && Math.abs(x - column) <= 1 && Math.abs(y - row) <= 1; // its words reach over the edge
      });
      for (const [key] of [...displayed()].filter(near)) layer.rerenderTile(key);
      return come.every(Boolean);
    },
    /** Have layers at hand that may be wanted next, for the tiles in view; quietly, and no matter whether it succeeds. */
    async ready(wanted) {
      for (const id of wanted) ahead.add(id);
      const seen = new Map([...displayed()].map(([, tile]) => [`${tile.x}:${tile.y}:${tile.z}`, tile]));
      await Promise.all([...seen].map(([key, tile]) => {
        const entry = tileCache.cache.get(key);
        return entry && supplement(entry.data, wanted, (ids) => fetchTile(ids, tile));
      }));
    },
    painter,
    /** The layers that the tiles at hand hold, shown or not. */
    get asked() {
      return [...new Set([...asked, ...ahead])];
    },
    /** Whether every tile in view has its ground; words may still come. */
    get grounded() {
      return !open.size && !layer.isLoading();
    },
    get settled() {
      return settled();
    },
    /** The last failure since the tiles were asked for anew, else null. */
    get lost() {
      return failed;
    },
    /** The tile at a place as {features, at, scale}: features by layer, the place in tile pixels; null when not there. */
    tileAt(latlng) {
      const zoom = Math.round(map.getZoom());
      const pixel = map.project(latlng, zoom);
      const { x: column, y: row } = pixel.divideBy(SIDE).floor();
      const { dataTile: { x, y, z }, origin, scale } = view.dataTileForDisplayTile(square({ x: column, y: row, z: zoom }));
      const entry = tileCache.cache.get(`${x}:${y}:${z}`);
      if (!entry) return null;
      const at = { x: (pixel.x - origin.x) / scale, y: (pixel.y - origin.y) / scale };
      return { features: entry.data, at, scale, zoom };
    },
    /** The features in view as [layer id, feature, its tile's key]; roughly: the tiles that touch the view are read. */
    * inView() {
      const seen = new Set();
      const zoom = Math.round(map.getZoom());
      const { min, max } = map.getPixelBounds();
      for (let x = Math.floor(min.x / SIDE); x <= Math.floor(max.x / SIDE); x++) {
        for (let y = Math.floor(min.y / SIDE); y <= Math.floor(max.y / SIDE); y++) {
          const { dataTile } = view.dataTileForDisplayTile(square({ x, y, z: zoom }));
          seen.add(`${dataTile.x}:${dataTile.y}:${dataTile.z}`);
        }
      }
      for (const key of seen) {
        for (const [id, features] of tileCache.cache.get(key)?.data ?? []) {
          for (const feature of features) yield [id, feature, key];
        }
      }
    },
    /** Where a point of a tile is on the earth. */
    placeOf({ x, y }, key) {
      const [column, row, z] = key.split(":").map(Number);
      return map.unproject([column * SIDE + x, row * SIDE + y], z + SPAN);
    },
  };
}
