/** On which day something is asked about: a field for it, and a bar that says so while it is another day than today. */

import { dayBox, element, icon, say } from "./dom.js";
import { now } from "./topics.js";

const PAUSE_MS = 700; // who types a date passes others on the way
const watched = new WeakSet();
let known = null;

/** The day that is asked about where it is another than today, else null. */
export const otherDay = (here) => (here.state.day && here.state.day !== now().slice(0, 10) ? here.state.day : null);

/** What the question says of the day: nothing of today. `time` is that of the city. */
export const instantOf = (here, time = now().slice(11)) => (otherDay(here) ? { at: `${otherDay(here)}T${time}` } : {});

/** The `field` and, on another day than today, the `bar`; `id` tells two of them on one page apart. */
export async function dayParts(here, id) {
  watch(here);
  known ??= fetch("/api/days").then((response) => (response.ok ? response.json() : Promise.reject(new Error(String(response.status)))));
  const days = await known.catch(() => (known = null) ?? {});
  const day = otherDay(here);
  return { field: field(here, id, days), bar: day && bar(here, day, id) };
}

function field(here, id, { from, to }) {
  let wait = 0;
  const box = dayBox({
    id, min: from, max: to, required: true,
    value: here.state.day ?? now().slice(0, 10),
    onchange: () => (clearTimeout(wait), (wait = setTimeout(take, PAUSE_MS))),
    onblur: () => wait && take(),
    onkeydown: ({ key }) => key === "Enter" && take(),
  });
  const input = box.firstChild;
  const take = () => {
    clearTimeout(wait);
    wait = 0;
    if (input.isConnected && input.validity.valid && input.value !== (here.state.day ?? now().slice(0, 10))) choose(here, input.value);
  };
  return element("label", { class: "field day-field" }, element("span", {}, say("day_asked")), box);
}

function bar(here, day, id) {
  return element("div", { class: "notice warn day-bar", role: "status" }, icon("clock"),
    element("div", {}, element("strong", {}, say("as_of", { day })), element("small", {}, say("as_of_map"))),
    element("button", {
      type: "button", class: "button", onclick: () => (choose(here, null), document.getElementById(id)?.focus({ preventScroll: true })),
    }, say("back_to_today")));
}

const choose = (here, day) => here.change({ day: day === now().slice(0, 10) ? null : day }, { push: true });

/** A day is of a question: with the last question it goes. */
function watch(here) {
  if (watched.has(here)) return;
  watched.add(here);
  here.listen((state) => state.day && !state.here && !state.shape && here.change({ day: null }));
}
