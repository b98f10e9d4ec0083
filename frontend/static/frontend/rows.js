/** One row of a list: what it is, how far, open or not, and what matters for this topic. */

import { element, english, say, title } from "./dom.js";
import { farness } from "./locate.js";
import { keyOf } from "./pins.js";

/** The row as a list item; `does` holds open(byKey) and light(on). */
export function row(item, topic, does) {
  const figure = Number.isFinite(item.metres) && !topic.dates ? farness(item.metres) : item.on ?? "";
  return element("li", {},
    element("button", {
      type: "button", class: "found", "data-key": keyOf(item),
      onclick: (event) => does.open(event.detail === 0),
      onpointerenter: () => does.light(true), onpointerleave: () => does.light(false),
      onfocus: () => does.light(true), onblur: () => does.light(false),
    },
    element("span", { class: "name" }, nameOf(item)),
    figure && element("span", { class: "figure" }, figure),
    element("span", { class: "second" }, details(item, topic))));
}

function nameOf(item) {
  const named = title(item);
  const kind = word(item, "kind_title");
  if (item.what) return `${word(item, "what")}${english ? ": " : "："}${named}`;
  return named || kind;
}

/** The second line: the state as a tag, the rest as words. */
function details(item, topic) {
  const state = topic.dates ? effect(item) : openness(item);
  const words = topic.dates ? worksWords(item) : placeWords(item, topic);
  return [state, state && words.length ? " " : null, words.join("\u00a0· ")];
}

/** Whether a place is open, or a rule in force, as a coloured word; null when nobody knows. */
export function openness(item) {
  const [open, shut] = item.rule ? ["in_force", "not_in_force"] : ["open", "shut"];
  if (item.open === true) {
    const until = item.until ? say(`${open}_until`, { time: word(item, "until") }) : say(`${open}_now`);
    return element("span", { class: `tag ${item.rule ? "accent" : "good"}` }, until);
  }
  if (item.open === false) {
    const words = item.opens ? say(`${shut}_opens`, { time: word(item, "opens") }) : say(`${shut}_now`);
    return element("span", { class: item.rule ? "tag" : "tag danger" }, words);
  }
  return null;
}

function effect(item) {
  const tone = item.effect === "closed" ? "danger" : "warn";
  const text = word(item, "effect_title");
  return text ? element("span", { class: `tag ${tone}` }, text) : null;
}

function placeWords(item, { kinds, features = [], clock }) {
  const kind = word(item, "kind_title");
  const counted = clock || !kinds; // how many stalls matters at a market, how many cabins at a toilet does not
  const known = (number) => number !== null && number !== undefined;
  return [
    known(item.minutes) && say("minutes", { number: item.minutes }),
    ...(item.features ?? []).filter(({ code }) => !features.length || features.includes(code)).map(title).filter((text) => text !== nameOf(item)),
    counted && known(item.free) && say("free_stalls", { number: item.free }),
    counted && !known(item.free) && item.layer === "fences" && item.capacity && say("stalls", { number: item.capacity }),
    (item.open === null || clock) && word(item, "hours"),
    !(kinds?.length === 1) && kind !== nameOf(item) && !item.what && kind,
    item.address !== nameOf(item) && word(item, "address"),
  ].filter(Boolean);
}

function worksWords(item) {
  return [
    item.from && `${item.from} – ${item.to ?? say("until_further")}`,
    word(item, "road"), word(item, "kind_title"), word(item, "state_title"), word(item, "hours"), word(item, "detour"), item.phone,
  ].filter(Boolean);
}

const word = (item, key) => (english && item[`${key}_en`]) || item[key] || "";
