/** The card of any spot: what holds here now, whether one may sell here, and where instead. */

import { bring } from "./bring.js";
import { dayParts, instantOf, otherDay } from "./day.js";
import { byId, element, english, icon, say, title } from "./dom.js";
import { row } from "./rows.js";
import { share } from "./share.js";

const SHORT = { dates: false };

/** Ask the server and fill the card; `go(place)` chooses a place of it, `again()` asks once more. */
export async function tellHere(here, { signal, go, again }) {
  const { lat, lon } = here.state.here;
  const typing = document.activeElement?.id === "card-day";
  if (!typing) fill([heading(say("here"), lat, lon), element("div", { class: "skeleton", "aria-hidden": "true" }, element("i"), element("i"), element("i"))]);
  try {
    const [found, day] = await Promise.all([askRules(here, signal), bring().then(() => dayParts(here, "card-day")).catch(() => null)]);
    signal.throwIfAborted();
    fill(parts(found, { lat, lon, go, day, other: otherDay(here), actions: (name) => spotActions(here, name) }));
    byId("card-body").querySelector(typing ? "#card-day" : "h2").focus({ preventScroll: true });
  } catch (error) {
    if (error.name === "AbortError") return;
    fill([heading(say("here"), lat, lon), element("p", { role: "alert" }, say("card_failed")),
      element("div", { class: "actions" }, element("button", { type: "button", onclick: again }, say("retry")))]);
  }
}

/** What the rules say of the spot that is asked about. */
export async function askRules(here, signal) {
  const { lat, lon } = here.state.here;
  const query = new URLSearchParams({ lon: lon.toFixed(6), lat: lat.toFixed(6), ...instantOf(here) });
  const response = await fetch(`/api/here?${query}`, { signal });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

/** What everybody is told of a spot, staff too: whether one may sell, where instead, what is dug up. */
export const ruleParts = (found, { go, other }) => ({
  verdict: verdict(found.vending, other),
  instead: group("instead_where", found.instead, go),
  works: group(other ? "works_then" : "works_here", found.works, go),
});

/** What one can do with the spot: hand it on, and where the page has the tool for it ask what lies around. */
export function spotActions(here, name) {
  const { lat, lon } = here.state.here;
  return element("div", { class: "actions" },
    element("button", { type: "button", class: "primary", onclick: () => share(name, location.href) }, icon("share"), say("share")),
    here.askPlace && element("button", { type: "button", onclick: () => here.askPlace({ lat, lon }) }, icon("shape"), say("ask_around")));
}

function parts(found, { lat, lon, go, day, other, actions }) {
  const name = addressOf(found.address) || say("here");
  const rules = ruleParts(found, { go, other });
  return [
    heading(name, lat, lon, found.within),
    day?.bar,
    rules.verdict,
    day?.field,
    zoning(found.zoning, go),
    rules.instead,
    group("fences_here", found.fences, go),
    rules.works,
    actions(name),
    element("p", { class: "origin" }, say("here_caution")),
  ];
}

function fill(children) {
  byId("card-body").replaceChildren(...children.filter(Boolean));
}

function heading(name, lat, lon, within = []) {
  const chain = within.map((place) => title(place) ?? place.name).filter(Boolean);
  return element("header", {},
    element("p", { class: "kind" }, say("this_spot")),
    element("h2", { tabindex: "-1" }, name),
    element("p", { class: "within" }, [...chain, `${lat.toFixed(5)}, ${lon.toFixed(5)}`].join(" · ")));
}

function addressOf(address) {
  if (!address) return "";
  return typeof address === "string" ? address : title(address) || address.full || address.text || "";
}

/** The plain answer first: yes, no, or that nobody has laid it down. */
function verdict(vending, other) {
  if (!vending) return null;
  const tone = { true: "good", false: "danger" }[vending.allowed] ?? "warn";
  const then = other ? "_then" : "";
  const word = { true: `may_sell${then}`, false: `may_not_sell${then}` }[vending.allowed] ?? (vending.reason === "controlled" ? "conditions_sell" : "unknown_sell");
  return element("div", { class: `notice ${tone} verdict` },
    icon({ good: "check", danger: "close" }[tone] ?? "info"),
    element("div", {}, element("strong", {}, say(word)),
      element("p", {}, (english && vending.sentence_en) || vending.sentence)));
}

function zoning(zone, go) {
  if (!zone) return null;
  const rows = [
    ["zone", word(zone, "zone_title")], ["street_class", word(zone, "class_title")],
    ["zone_hours", word(zone, "hours_text")], ["basis", word(zone, "basis")],
  ].filter(([, value]) => value);
  return element("dl", { class: "facts" }, rows.map(([key, value]) =>
    element("div", {}, element("dt", {}, say(key)), element("dd", {}, value))),
  element("div", {}, element("dt", {}, say("street")), element("dd", {},
    element("button", { type: "button", class: "link", onclick: () => go(zone) }, [word(zone, "segment"), word(zone, "side")].join(" ")))));
}

function group(key, items, go) {
  if (!items?.length) return null;
  return element("section", { class: "here-group" }, element("h3", {}, say(key)),
    element("ol", { class: "found-list" }, items.map((item) => row(item, SHORT, {
      open: () => item.id && go(item), light: () => {},
    }))));
}

const word = (thing, key) => (english && thing[`${key}_en`]) || thing[key] || "";
