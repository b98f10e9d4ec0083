/** The page that a phone keeps of the field map goes with whom it was made for. */

const PAGES = "field:"; // as in field-worker.js

/** Forget the kept page: nobody is signed in any more, or is about to be. */
export async function forget() {
  const names = (await window.caches?.keys()) ?? []; // without TLS nothing is kept
  await Promise.all(names.filter((name) => name.startsWith(PAGES)).map((name) => caches.delete(name)));
}
