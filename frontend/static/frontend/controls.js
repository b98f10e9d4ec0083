/** What sharpens a question: chips for features, a clock for markets, days and a street for road works. */

import { dayBox, element, say } from "./dom.js";
import { later, now } from "./topics.js";

const DAY_BREAK = "07:00";
const STEPS = 48; // half hours of a day
const MONTH = 31;
const PAUSE_MS = 250; // a slider is asked about where it comes to rest
let pause = 0;

/** The controls of a topic for what is chosen; `choose(patch)` hears what the reader changes. */
export function controls(topic, find, choose) {
  return [
    topic.clock && clock(find, choose),
    topic.dates && days(find, choose),
    (topic.features.length || topic.canBeShut) && chips(topic, find, choose),
  ].filter(Boolean);
}

function chips(topic, find, choose) {
  const toggle = (code) => (find.features.includes(code) ? find.features.filter((one) => one !== code) : [...find.features, code]);
  const chosen = topic.features.map((code) => chip(say(`feature_${code}`), find.features.includes(code), `with-${code}`,
    () => choose({ features: toggle(code) })));
  const shut = topic.canBeShut ? [chip(say("also_shut"), find.all, "also-shut", () => choose({ all: !find.all }))] : [];
  return element("div", { class: "chips", role: "group", "aria-label": say("only_with") }, chosen, shut);
}

function chip(text, on, id, onclick) {
  return element("button", { type: "button", class: "chip small", id, "aria-pressed": String(on), onclick: keepFocus(id, onclick) }, text);
}

/** The controls are built anew after every change: the keyboard goes on from the same one. */
function keepFocus(id, change) {
  return (event) => {
    change(event);
    document.getElementById(id)?.focus({ preventScroll: true });
  };
}

function clock(find, choose) {
  const present = now();
  const tomorrow = `${later(present.slice(0, 10), 1)}T${DAY_BREAK}`;
  const at = find.at ?? present;
  const [day, time] = [at.slice(0, 10), at.slice(11)];
  const steps = Number(time.slice(0, 2)) * 2 + (Number(time.slice(3)) >= 30 ? 1 : 0);
  const timeOf = (step) => `${String(Math.floor(step / 2)).padStart(2, "0")}:${step % 2 ? "30" : "00"}`;
  const told = element("output", { class: "figure", for: "clock-hour" }, time);
  return element("fieldset", { class: "clock" }, element("legend", { class: "unseen" }, say("open_when")),
    element("div", { class: "chips" },
      chip(say("now"), !find.at, "at-now", () => choose({ at: null })),
      chip(say("tomorrow_seven"), find.at === tomorrow, "at-tomorrow", () => choose({ at: tomorrow }))),
    element("div", { class: "clock-row" },
      field("clock-day", say("day"), day, (value) => choose({ at: `${value}T${time}` })),
      element("label", { class: "hour" }, element("span", {}, say("hour")),
        element("input", {
          type: "range", id: "clock-hour", min: 0, max: STEPS - 1, step: 1, value: steps, "aria-valuetext": time,
          oninput: ({ target }) => {
            told.value = timeOf(Number(target.value));
            target.setAttribute("aria-valuetext", told.value);
            clearTimeout(pause);
            pause = setTimeout(keepFocus("clock-hour", () => choose({ at: `${day}T${told.value}` })), PAUSE_MS);
          },
        }), told)));
}

function days(find, choose) {
  const today = now().slice(0, 10);
  const road = element("input", {
    id: "works-road", class: "input", type: "search", value: find.road, placeholder: say("road_example"), enterkeyhint: "search",
    onchange: keepFocus("works-road", ({ target }) => choose({ road: target.value.trim() })),
  });
  return element("fieldset", { class: "days" }, element("legend", { class: "unseen" }, say("works_when")),
    field("works-from", say("from_day"), find.from ?? today, (value) => choose({ from: value })),
    field("works-to", say("to_day"), find.to ?? later(today, MONTH), (value) => choose({ to: value })),
    element("label", { class: "field wide" }, element("span", {}, say("my_road")), road));
}

function field(id, text, value, changed) {
  const onchange = keepFocus(id, ({ target }) => target.value && changed(target.value));
  return element("label", { class: "field" }, element("span", {}, text), dayBox({ id, value, onchange }));
}
