/** The line to the server: whether it is there, and how old what is seen is when it is not; and the page kept for then. */

import { byId, say } from "./dom.js";
import { forget } from "./kept.js";
import { calm, warn } from "./notices.js";

const TRY_MS = 10_000;
const MINUTE = 60_000;
const root = document.documentElement;

/** Say so while there is no network; `back()` is called when there is one again. */
export function watchLine(back) {
  const made = new Date(root.dataset.made);
  const kept = root.hasAttribute("data-kept");
  let last = kept ? made : new Date(); // when the server was last heard
  let timer = 0;

  const tell = () => warn("offline", say(kept ? "offline_kept" : "offline_seen", { at: clock(last), age: age(last) }));
  const gone = () => {
    if (!timer) {
      if (!kept) last = new Date();
      timer = setInterval(look, TRY_MS);
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
  window.addEventListener("online", () => timer && look());
  if (kept || !navigator.onLine) gone();
}

const clock = (moment) => moment.toLocaleString([], { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

function age(since) {
  const minutes = Math.max(0, Math.round((Date.now() - since) / MINUTE));
  if (!minutes) return say("age_now");
  return minutes < 60 ? say("age_minutes", { number: minutes }) : say("age_hours", { number: Math.round(minutes / 60) });
}

/** Have the page kept for whoever is signed in, until he signs out. */
export async function keepPage() {
  byId("sign-out").addEventListener("submit", async (event) => {
    event.preventDefault();
    await forget().catch(() => null);
    event.target.submit();
  });
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return; // then it is a page like any other
  const known = navigator.serviceWorker.controller;
  await navigator.serviceWorker.register(byId("map").dataset.worker, { scope: "/field", updateViaCache: "none" });
  await navigator.serviceWorker.ready;
  // The first visit was over before there was anybody to keep it.
  if (!known) await hand(location.pathname);
}

async function hand(path) {
  const answer = await fetch(path, { headers: { Accept: "text/html" }, redirect: "manual" });
  const whose = answer.ok && answer.headers.get("Kept-For");
  if (whose) await (await caches.open(`field:${whose}`)).put("/field", answer);
}
