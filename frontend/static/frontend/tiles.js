/** One canvas layer for all switched-on layers: one request a tile, failures kept and told, never thrown.
 *
 * protomaps-leaflet takes its tiles from anything that has the `getZxy` of a PMTiles archive; ours asks our server. */

import { fetchTile } from "./ahead.js";

const DEEPEST = 18; // tiles of this zoom serve every deeper zoom of the map
const SPAN = 1; // a tile covers 512 pixels of the map
const SIDE = 256 << SPAN;
const PATIENCE = 700;
const TOGETHER_MS = 100; // tiles that come so close together are laid out together, and painted once

/** Add the layer to the map. `ids()` are the layers wanted; `told` hears {busy, failed} when either changes. */
export function addTiles(map, ids, rules, told) {
  let asked = [];
  let pending = 0;
  let failed = null;
  const report = () => told({ busy: pending > 0 || layer.isLoading(), failed });

  async function getZxy(z, x, y, signal) {
    if (!asked.length) return undefined;
    pending += 1;
    report();
    try {
      const response = await fetchTile(`/tiles/${asked.join(",")}/${z}/${x}/${y}.mvt`, signal);
      if (!response.ok && response.status !== 404) throw new Error(String(response.status));
      const data = response.ok && response.status !== 204 ? await response.arrayBuffer() : new ArrayBuffer(0);
      return data.byteLength ? { data } : undefined;
    } catch (error) {
      if (error.name !== "AbortError") failed = error;
      // An AbortError is what the library passes over in silence and does not remember as an empty tile.
      throw new DOMException("no tile", "AbortError");
    } finally {
      pending -= 1;
      if (!pending) setTimeout(release); // after the library has read what came
      report();
    }
  }

  const layer = protomapsL.leafletLayer({
    url: { getZxy },
    ...rules(),
    attribution: "",
    maxDataZoom: DEEPEST,
    levelDiff: SPAN,
    maxZoom: 20,
    noWrap: true,
    updateWhenIdle: false,
    updateInterval: 120,
    devicePixelRatio: Math.min(3, window.devicePixelRatio || 1),
  });
  layer.tileSize = Math.round(layer.tileSize);
  asked = ids();
  const { tileCache } = layer.views.get("");
  const release = paintOnce(layer, () => pending === 0);
  layer.on("load loading tileload", report);
  layer.addTo(map);
  // A tile whose request was cut off by a quick change of zoom is not asked for again by the library.
  let watch = 0;
  map.on("moveend", () => {
    clearTimeout(watch);
    watch = setTimeout(() => !pending && layer.isLoading() && layer.rerenderTiles(), PATIENCE);
  });

  return {
    /** Draw again what is there: after a change of opacity or filter. */
    redraw() {
      layer.clearLayout();
      layer.rerenderTiles();
    },
    /** Ask for other layers if the tiles at hand lack any, and draw. */
    refresh() {
      const wanted = ids();
      if (wanted.some((id) => !asked.includes(id))) this.reload();
      else this.redraw();
    },
    /** Forget the tiles at hand and ask for them anew. */
    reload() {
      asked = ids();
      failed = null;
      tileCache.cache.clear();
      Object.assign(layer, rules());
      this.redraw();
      report();
    },
    get settled() {
      return pending === 0 && !layer.isLoading();
    },
    /** The tile at a place as {features, at, scale}: features by layer, the place in tile pixels; null when not there. */
    tileAt(latlng) {
      const zoom = Math.round(map.getZoom());
      const pixel = map.project(latlng, zoom);
      const view = layer.views.get("").dataTileForDisplayTile({
        z: zoom, x: Math.floor(pixel.x / 256), y: Math.floor(pixel.y / 256),
      });
      const { x, y, z } = view.dataTile;
      const entry = tileCache.cache.get(`${x}:${y}:${z}`);
      if (!entry) return null;
      const at = { x: (pixel.x - view.origin.x) / view.scale, y: (pixel.y - view.origin.y) / view.scale };
      return { features: entry.data, at, scale: view.scale, zoom };
    },
    /** The features in view as [layer id, feature, its tile's key]; roughly: the tiles that touch the view are read. */
    * inView() {
      const seen = new Set();
      const zoom = Math.round(map.getZoom());
      const { min, max } = map.getPixelBounds();
      for (let x = Math.floor(min.x / 256); x <= Math.floor(max.x / 256); x++) {
        for (let y = Math.floor(min.y / 256); y <= Math.floor(max.y / 256); y++) {
          const { dataTile } = layer.views.get("").dataTileForDisplayTile({ z: zoom, x, y });
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

/** Painting is most of a phone's work. As the library has it, words that reach over an edge repaint the neighbour at once:
 * at the first view every other tile twice. So words are placed when `complete()`, or a moment later, and a neighbour is
 * painted anew only if it has been painted, when all tiles are there. Returns what ends the wait. */
function paintOnce(layer, complete) {
  const waiting = new Set();
  const ahead = new Set(); // tiles that will be painted anyhow
  const outdated = new Set();
  const render = layer.renderTile;
  layer.renderTile = async (coords, element, key, done) => {
    ahead.add(key);
    await render.call(layer, coords, element, key, done).finally(() => ahead.delete(key));
  };
  // What the library awaits before it places words; all that it asks for is `then`.
  layer.tasks = [{ then: (go) => pause().then(go) }];
  layer.onTilesInvalidated = (keys) => {
    for (const key of keys) if (layer._tiles[key] && !ahead.has(key)) outdated.add(key);
    if (outdated.size && !layer.isLoading()) setTimeout(repaint);
  };
  layer.on("load", repaint);
  layer.clearLayout(); // the layout it was made with would call the library's own
  return () => {
    for (const go of waiting) go();
    waiting.clear();
  };

  function pause() {
    if (complete()) return Promise.resolve();
    return new Promise((resolve) => (waiting.add(resolve), setTimeout(resolve, TOGETHER_MS)));
  }

  function repaint() {
    const keys = [...outdated];
    outdated.clear();
    for (const key of keys) layer.rerenderTile(key);
  }
}
