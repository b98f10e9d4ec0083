/** What a phone keeps of the field map, its page and packs of the city, goes with whom it was made for. */

const KEPT = ["field:", "pack:"]; // as in field-worker.js

/** Forget the kept page and the packs, but what is kept for one sitting: without one nobody is signed in any more. */
export async function forget(but = null) {
  const names = (await window.caches?.keys()) ?? []; // without TLS nothing is kept
  const others = names.filter((name) => KEPT.some((kind) => name.startsWith(kind) && !(but && name.startsWith(kind + but))));
  await Promise.all(others.map((name) => caches.delete(name)));
}
