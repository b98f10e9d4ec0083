/** The first tiles, and the place that a link names, asked for while the map's own scripts are still on their way: on a slow line that is most of the wait.
 *
 * Loaded `async` and first. It only guesses; a tile that the map then does not want is a request too many, no more. */

import { parse } from "./state.js";
import { inOrder } from "./style.js";
import { opening } from "./where.js";

const SIDE = 512; // pixels of the map that a tile covers, as in brush.js
const MEMORY = "chengtu.view";
const AGAIN = 3;
const TILES = document.documentElement.lang === "en" ? "/tiles/en" : "/tiles";
const asked = new Map();

/** Where a tile of some layers is, with the names of the page's language. */
export const tileOf = (ids, { z, x, y }) => `${TILES}/${ids.join(",")}/${z}/${x}/${y}.mvt`;

/** Ask; where the page knows that there is no line it says so, and whoever keeps packs (field-worker.js) need not try. */
function send(path, signal) {
  const { dataset } = document.documentElement;
  const gone = dataset.line === "gone" || "kept" in dataset;
  return fetch(path, { signal, ...(gone && { headers: { "No-Line": "1" } }) });
}

/** The answer to a request made ahead, once; else a new one. A server that is busy is asked again when it says so. */
export async function fetchEarly(path, signal) {
  const early = asked.get(path);
  asked.delete(path);
  let response = await (early ?? send(path, signal));
  signal?.throwIfAborted(); // what was asked ahead has no signal of its own
  for (let again = 0; response.status === 503 && again < AGAIN && !signal?.aborted; again++) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * (Number(response.headers.get("Retry-After")) || 2)));
    response = await send(path, signal);
  }
  return response;
}

function askAhead() {
  const held = document.getElementById("manifest");
  if (!held) return;
  const manifest = JSON.parse(held.textContent);
  const { on, view, sel } = parse(location.search, location.hash);
  const layers = inOrder(manifest.layers.map((layer) => ({ ...layer, style: { order: 0, ...layer.style } })));
  const ids = layers.filter((layer) => (on ? on.get(layer.id) : layer.shown)).map((layer) => layer.id);
  const city = JSON.parse(document.getElementById("city-bounds").textContent);
  const size = { width: innerWidth, height: innerHeight };
  const { zoom, lat, lon } = view ?? lastView() ?? opening(manifest, size, city);
  const tiles = ids.length ? paths(ids, Math.min(18, Math.round(zoom) - 1), lat, lon, size) : [];
  if (sel) preload("./page.js"); // who follows a link to a place waits for the card
  for (const path of sel ? [...tiles, cardOf(sel)] : tiles) {
    asked.set(path, send(path));
    asked.get(path).catch(() => asked.delete(path)); // the map asks again, and says so when that fails too
  }
}

function preload(name) {
  const href = new URL(name, import.meta.url).href;
  document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", fetchPriority: "low", href }));
}

/** Where a place is told of. */
export const cardOf = ({ layer, id }) => `/api/features/${layer}/${id}`;

function paths(ids, z, lat, lon, { width, height }) {
  const across = SIDE * 2 ** z;
  const x = ((lon + 180) / 360) * across;
  const y = (0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)) * across;
  const found = [];
  for (let column = Math.floor((x - width / 2) / SIDE); column <= Math.floor((x + width / 2) / SIDE); column++) {
    for (let row = Math.floor((y - height / 2) / SIDE); row <= Math.floor((y + height / 2) / SIDE); row++) {
      found.push(tileOf(ids, { z, x: column, y: row }));
    }
  }
  return found;
}

function lastView() {
  try {
    return parse("", localStorage.getItem(MEMORY) ?? "").view;
  } catch {
    return null;
  }
}

askAhead();
