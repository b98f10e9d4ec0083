/** Keeps the field map's page and files, so that it opens without the network, and answers tiles out of the pack that was
 * taken along; SHELL is put before this by the server.
 *
 * The files of a release are the same for everybody. The page and packs are kept for one sitting only and go with it. Answers
 * to questions and cards pass by; tiles do too while there is a line. */

const PAGE = "/field";
const FILES = `files:${SHELL.release}`;
const [PAGES, PACKS] = ["field:", "pack:"];
const SIGNED_FOR = "Kept-For";
const PATIENCE_MS = 6000; // a line that answers nothing for so long is as good as none
const TILE = /^\/tiles\/(?:en\/)?[a-z,-]+\/(\d+\/\d+\/\d+)\.mvt$/;
const TAKING = "Take-Along"; // a tile for a pack comes from the server
const GONE = "No-Line"; // the page knows that there is none
let packs = true; // whether there may be one: most phones have none, and their tiles take no way round

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(SHELL.files)));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("files:") && name !== FILES;
  event.waitUntil(drop(old).then(() => self.clients.claim()));
});

self.addEventListener("message", () => (packs = true)); // one is being taken

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(page(request));
  else if (SHELL.files.includes(pathname)) event.respondWith(file(request));
  else if (packs && TILE.test(pathname) && !request.headers.has(TAKING)) event.respondWith(tile(request, pathname.match(TILE)[1]));
});

/** The page of the server; without it the one that is kept, and marked as such. */
async function page(request) {
  let answer;
  try {
    answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return (await kept()) ?? Response.error();
  }
  if (answer.status >= 500) return (await kept()) ?? answer;
  await keep(answer.clone());
  return answer;
}

/** Keep a page for whom it was made; any other answer says that nobody is in any more. */
async function keep(answer) {
  const whose = answer.ok && answer.headers.get(SIGNED_FOR);
  await drop((name) => (name.startsWith(PAGES) && name !== PAGES + whose) || (name.startsWith(PACKS) && !name.startsWith(`${PACKS}${whose}:`)));
  if (whose) await (await caches.open(PAGES + whose)).put(PAGE, answer);
}

async function kept() {
  for (const name of await caches.keys()) {
    const answer = name.startsWith(PAGES) && (await (await caches.open(name)).match(PAGE));
    if (!answer) continue;
    const headers = new Headers(answer.headers);
    for (const own of ["Content-Encoding", "Content-Length"]) headers.delete(own); // of what came, not of what is given
    return new Response((await answer.text()).replace("<html ", "<html data-kept "), { headers });
  }
  return undefined;
}

/** The server's tile; without a line the pack's, and of what it does not hold nothing. */
async function tile(request, place) {
  if (request.headers.has(GONE)) return taken(request, place);
  const asked = fetch(request);
  asked.catch(() => null); // heard below, or by nobody
  const names = await held();
  if (!names.length) return asked;
  const patience = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS));
  try {
    const answer = await Promise.race([asked, patience]);
    if (answer.status < 500) return answer;
  } catch { /* then as it was when it was taken along */ }
  return (await packed(names, place)) ?? asked;
}

async function taken(request, place) {
  const names = await held();
  return names.length ? ((await packed(names, place)) ?? new Response(null, { status: 204 })) : fetch(request);
}

/** The packs there are. */
async function held() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PACKS));
  packs = names.length > 0;
  return names;
}

async function packed(names, place) {
  for (const name of names) {
    const cache = await caches.open(name);
    const state = await (await cache.match("/field/pack/state"))?.json();
    if (!state || Date.parse(state.ends) < Date.now()) continue;
    const answer = await cache.match(`/field/pack/${place}`); // as pack.js
    if (answer) return answer;
  }
  return undefined;
}

async function file(request) {
  return (await caches.match(request, { ignoreSearch: true })) ?? fetch(request);
}

async function drop(which) {
  await Promise.all((await caches.keys()).filter(which).map((name) => caches.delete(name)));
}
