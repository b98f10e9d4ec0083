/** What the page has to say: one thin bar for what is wrong, one passing line for what was done. */

import { byId, element, icon, say } from "./dom.js";

const PASSING_MS = 4000;
let passing = 0;

/** Show the bar, with a button that tries again; `kind` names it, so that only its own end takes it away. */
export function warn(kind, text, retry) {
  const bar = byId("bar");
  if (bar.dataset.kind === "offline" && kind !== "offline") return; // the reason for all the rest
  bar.dataset.kind = kind;
  bar.replaceChildren(icon(kind === "offline" ? "offline" : "warning"), element("span", {}, text));
  if (retry) bar.append(element("button", { type: "button", onclick: () => (calm(kind), retry()) }, say("retry")));
  bar.hidden = false;
  document.body.dataset.bar = kind;
}

/** Take the bar away if it is of this kind. */
export function calm(kind) {
  const bar = byId("bar");
  if (bar.dataset.kind !== kind) return;
  bar.hidden = true;
  delete bar.dataset.kind;
  delete document.body.dataset.bar;
}

/** Say something that needs no answer. */
export function mention(text) {
  const line = byId("mention");
  line.textContent = text;
  line.hidden = false;
  clearTimeout(passing);
  passing = setTimeout(() => (line.hidden = true), PASSING_MS);
}

/** Tell when the network goes and comes back; the data on the screen is as old as the last time it was there. */
export function watchNetwork(back) {
  const gone = () => {
    const at = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    warn("offline", say("offline", { at }));
  };
  window.addEventListener("offline", gone);
  window.addEventListener("online", () => (calm("offline"), back()));
  if (!navigator.onLine) gone();
}
