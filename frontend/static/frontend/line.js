/** The line to the server: whether it is there, and how old what is seen is when it is not; and the page kept for then. */

import { byId, element, icon, say } from "./dom.js";
import { forget } from "./kept.js";
import { calm, warn } from "./notices.js";

const TRY_MS = 3000;
const SELDOM = 3; // where the phone itself says that there is no network
const SOON_MS = [0, 700, 2500];
const MINUTE = 60_000;
const root = document.documentElement;

/** Whether there is no line to the server. */
export const isGone = () => root.dataset.line === "gone";

/** Say so while there is no network; `back()` is called when there is one again, `held()` is what was taken along. Gives
 * `lost()`, for who finds the line gone, and `tell()`. */
export function watchLine(back, held) {
  const made = new Date(root.dataset.made);
  const kept = root.hasAttribute("data-kept");
  let last = kept ? made : new Date(); // when the server was last heard
  let [timer, times] = [0, 0];

  const tell = () => {
    const pack = held();
    const since = pack ? new Date(pack.made) : last;
    const sentence = pack ? "offline_pack" : kept ? "offline_kept" : "offline_seen";
    if (isGone()) warn("offline", say(sentence, { at: clock(since), age: age(since), title: pack?.title || say("this_piece") }));
  };
  const gone = () => {
    if (!timer) {
      if (!kept) last = new Date();
      timer = setInterval(() => (navigator.onLine || ++times % SELDOM === 0) && look(), TRY_MS);
    }
    root.dataset.line = "gone";
    tell();
  };
  const found = () => {
    clearInterval(timer);
    timer = 0;
    if (kept) return location.reload(); // a page of then has no place on a map of now
    delete root.dataset.line;
    calm("offline");
    return back();
  };
  const look = async () => {
    tell();
    const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
    if (answer?.ok && timer) found();
  };
  window.addEventListener("offline", gone);
  window.addEventListener("online", () => SOON_MS.forEach((ms) => setTimeout(() => timer && look(), ms))); // often told too early
  if (kept || !navigator.onLine) gone();
  return { lost: () => timer || gone(), tell };
}

export const clock = (moment) => moment.toLocaleString([], { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** How long ago in words. */
export function age(since) {
  const minutes = Math.max(0, Math.round((Date.now() - since) / MINUTE));
  if (!minutes) return say("age_now");
  return minutes < 60 ? say("age_minutes", { number: minutes }) : say("age_hours", { number: Math.round(minutes / 60) });
}

/** The sign that an answer was taken along, and when. */
export const packedNote = (made) => element("p", { class: "packed-note" }, icon("offline"), say("packed_answer", { at: clock(new Date(made)), age: age(new Date(made)) }));

/** Have the page kept for whoever is signed in, until he signs out. */
export async function keepPage() {
  byId("sign-out").addEventListener("submit", async (event) => {
    event.preventDefault();
    await forget().catch(() => null);
    event.target.submit();
  });
  const { keptFor } = root.dataset;
  if (!root.hasAttribute("data-kept")) await forget(keptFor); // what was kept for others
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return; // then it is a page like any other
  await navigator.serviceWorker.register(byId("map").dataset.worker, { scope: "/field", updateViaCache: "none" });
  await navigator.serviceWorker.ready;
  // The first visit was over before there was anybody to keep it.
  if (!(await caches.match("/field", { cacheName: `field:${keptFor}` }))) await hand(location.pathname);
}

async function hand(path) {
  const answer = await fetch(path, { headers: { Accept: "text/html" }, redirect: "manual" });
  const whose = answer.ok && answer.headers.get("Kept-For");
  if (whose) await (await caches.open(`field:${whose}`)).put("/field", answer);
}
