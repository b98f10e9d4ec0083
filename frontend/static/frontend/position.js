/** Where the worker stands: a circle as wide as the phone is unsure, kept up to date while the page is seen, and in words
 * why not when the phone does not say. */

import { byId, say } from "./dom.js";
import { farness, showMe } from "./locate.js";
import { mention } from "./notices.js";

const CLOSE = 17;
const ROUGH = 100; // metres
const FRESH_MS = 20_000;
const PATIENCE_MS = 15_000;
const REASONS = { 1: "position_denied", 2: "position_none", 3: "position_late" };

/** Wire the buttons: `locate` goes there, `ask-here` has `ask` ask what holds there. */
export function wirePosition(here, ask) {
  const { map } = here;
  let watch = null;
  let at = -FRESH_MS;
  let waiting = [];

  const settle = (me) => (waiting.forEach((resolve) => resolve(me)), (waiting = []));
  const found = ({ coords: { latitude: lat, longitude: lon, accuracy } }) => {
    here.me = { lat, lon, accuracy };
    at = performance.now();
    showMe(map, here.me);
    byId("accuracy").textContent = say("within_metres", { number: Math.max(1, Math.round(accuracy)) });
    byId("accuracy").hidden = false;
    settle(here.me);
  };
  const lost = ({ code }) => {
    if (code === 1) (navigator.geolocation.clearWatch(watch), (watch = null));
    if (waiting.length) mention(say(REASONS[code] ?? "position_none"));
    settle(null);
  };
  const begin = () => (watch ??= navigator.geolocation.watchPosition(found, lost, { enableHighAccuracy: true, timeout: PATIENCE_MS }));
  const rest = () => (navigator.geolocation?.clearWatch(watch), (watch = null));

  /** Where the worker stands now, or null once it is said why not. */
  function stand() {
    if (!window.isSecureContext) return mention(say("position_insecure")), Promise.resolve(null);
    if (!navigator.geolocation) return mention(say("position_none")), Promise.resolve(null);
    if (here.me && watch !== null && performance.now() - at < FRESH_MS) return Promise.resolve(here.me);
    rest();
    return new Promise((resolve) => (waiting.push(resolve), begin()));
  }

  const wire = (id, then) => byId(id).addEventListener("click", async ({ currentTarget }) => {
    currentTarget.setAttribute("aria-busy", "true");
    const me = await stand();
    currentTarget.removeAttribute("aria-busy");
    if (!me) return;
    if (me.accuracy > ROUGH) mention(say("rough_position", { distance: farness(me.accuracy) }));
    then(me);
  });
  wire("locate", ({ lat, lon }) => map.setView([lat, lon], Math.max(map.getZoom(), CLOSE)));
  wire("ask-here", ask);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) rest(); // no position is asked for that nobody looks at
    else if (here.me) begin();
  });
}
