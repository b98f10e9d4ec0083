/** Keeps the field map's page and files, so that it opens without the network; SHELL is put before this by the server.
 *
 * The files of a release are the same for everybody. The page is kept for one sitting only and goes with it. Answers to
 * questions, tiles and cards are never kept: they pass by. */

const PAGE = "/field";
const FILES = `files:${SHELL.release}`;
const PAGES = "field:";
const SIGNED_FOR = "Kept-For";
const PATIENCE_MS = 6000; // a line that answers nothing for so long is as good as none

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(SHELL.files)));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("files:") && name !== FILES;
  event.waitUntil(drop(old).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(page(request));
  else if (SHELL.files.includes(pathname)) event.respondWith(file(request));
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
  await drop((name) => name.startsWith(PAGES) && name !== PAGES + whose);
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

async function file(request) {
  return (await caches.match(request, { ignoreSearch: true })) ?? fetch(request);
}

async function drop(which) {
  await Promise.all((await caches.keys()).filter(which).map((name) => caches.delete(name)));
}
