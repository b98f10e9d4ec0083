/** Packs on the phone: a piece of the city with its tiles, fetched politely, gone on with after a cut, put in the place of the
 * last one when it is whole. A pack belongs to one sitting and has an end; it is in the browser's cache of this page. */

import { askable } from "./asked.js";
import { cover } from "./cover.js";
import { readPack } from "./packed.js";

const AT_ONCE = 3;
const AGAIN = 5;
const BUSY = [429, 503];
const EVERY = 20; // tiles between notes of how far one is
const MOST_BYTES = 120e6;
const PATIENCE_MS = 30_000;
const [STATE, INDEX] = ["/field/pack/state", "/field/pack/index"];
const mine = () => `pack:${document.documentElement.dataset.keptFor}:`;
const keyOf = ([z, x, y]) => `/field/pack/${z}/${x}/${y}`; // as field-worker.js

/** Why a pack was not finished: "cut" (no line), "refused", "full". */
class Unfinished extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** What is on the phone for this sitting: {whole, half}, each a state or null; what has ended is thrown away. */
export async function stock() {
  const found = { whole: null, half: null };
  for (const name of (await window.caches?.keys()) ?? []) { // without TLS there is no cache
    if (!name.startsWith("pack:")) continue;
    const state = name.startsWith(mine()) && (await (await (await caches.open(name)).match(STATE))?.json());
    if (!state || Date.parse(state.ends) < Date.now()) await caches.delete(name);
    else found[state.whole ? "whole" : "half"] = { ...state, name };
  }
  return found;
}

/** Throw all packs of this sitting away. */
export async function discard() {
  for (const name of await caches.keys()) if (name.startsWith("pack:")) await caches.delete(name);
}

/** The pack read, ready to be asked. */
export async function opened({ name }) {
  return askable(readPack(await (await (await caches.open(name)).match(INDEX)).text()));
}

/** Take a piece along, or the newer state of the one that is there (`before`): `told(state)` hears how far it is. */
export async function take(asked, { before, signal, told }) {
  const path = `/api/field/pack?${asked}`;
  const known = before?.asked === asked ? { "If-None-Match": before.etag } : {};
  const response = await politely(path, { headers: known, signal, cache: "no-store" });
  const whose = response.headers.get("Kept-For");
  if (!whose || mine() !== `pack:${whose}:`) throw new Unfinished("refused"); // of another sitting: the page is old
  const same = response.status === 304;
  const text = same ? await (await (await caches.open(before.name)).match(INDEX)).text() : await response.text();
  const about = readPack(text); // whole, or not taken at all
  const ends = same ? new Date(Date.now() + Date.parse(about.ends) - Date.parse(about.made)).toISOString() : about.ends;
  const name = mine() + Date.now();
  await forgetHalf();
  const cache = await caches.open(name);
  await cache.put(INDEX, new Response(text));
  const { title, outline, tiles, rooms } = about;
  const state = {
    asked, title, outline, tiles, rooms, ends, made: new Date().toISOString(), etag: response.headers.get("ETag"),
    total: cover(outline).length, done: 0, bytes: text.length, whole: false,
  };
  await note(cache, state);
  return goOn({ ...state, name }, { signal, told });
}

/** Fetch what a pack still lacks. */
export async function goOn(state, { signal, told }) {
  const cache = await caches.open(state.name);
  const have = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  const lacking = cover(state.outline).filter((tile) => !have.has(keyOf(tile)));
  let now = { ...state, done: state.total - lacking.length };
  told(now);
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort());
  if (signal.aborted) stop.abort();
  const fetchNext = async () => {
    while (lacking.length && !stop.signal.aborted) {
      const tile = lacking.shift();
      const body = await tileOf(state.tiles, tile, stop.signal);
      await cache.put(keyOf(tile), new Response(body));
      now = { ...now, done: now.done + 1, bytes: now.bytes + body.byteLength };
      told(now);
      if (now.done % EVERY === 0) await note(cache, now);
      if (now.bytes > MOST_BYTES) throw new Unfinished("full");
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, fetchNext));
  } catch (error) {
    stop.abort();
    await note(cache, now).catch(() => null);
    throw error.name === "QuotaExceededError" ? new Unfinished("full") : error;
  }
  now = { ...now, whole: true };
  await note(cache, now);
  for (const name of await caches.keys()) if (name.startsWith("pack:") && name !== state.name) await caches.delete(name);
  return now;
}

async function tileOf(layers, [z, x, y], signal) {
  const response = await politely(`/tiles/${layers.join(",")}/${z}/${x}/${y}.mvt`, { signal });
  return response.arrayBuffer();
}

/** Ask the server itself, and wait when it is busy and says for how long. */
async function politely(path, { headers = {}, ...options }) {
  for (let again = 0; ; again++) {
    const asked = fetch(path, { ...options, headers: { ...headers, "Take-Along": "1" } }); // not what field-worker.js has
    const response = await Promise.race([asked, patience()]).catch((error) => {
      throw error.name === "AbortError" ? error : Object.assign(new Unfinished("cut"), { cause: error });
    });
    if (response.ok || response.status === 304) return response;
    if (!BUSY.includes(response.status) || again >= AGAIN) throw new Unfinished(response.status >= 500 ? "cut" : "refused");
    await new Promise((resolve) => setTimeout(resolve, 1000 * (Number(response.headers.get("Retry-After")) || 2)));
  }
}

const patience = () => new Promise((_, reject) => setTimeout(() => reject(new Unfinished("cut")), PATIENCE_MS));

async function forgetHalf() {
  const { half } = await stock();
  if (half) await caches.delete(half.name);
}

const note = (cache, state) => cache.put(STATE, Response.json(state));
