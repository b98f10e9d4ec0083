/** What is here: all that holds at a spot, for staff: what everybody is told, who answers for it, the rules, the house with its
 * rooms by floor, what stands around; each part leads to its card. */

import { bring } from "./bring.js";
import { handover } from "./card.js";
import { dayParts, instantOf, otherDay } from "./day.js";
import { byId, element, english, icon, say, title } from "./dom.js";
import { askRules, ruleParts, spotActions } from "./here.js";
import { farness } from "./locate.js";
import { isGone, packedNote } from "./line.js";
import { pipesPart } from "./pipes.js";
import { openness } from "./rows.js";

const AT_DOOR = 12; // metres: nearer than this one stands before the door itself
const TONES = { forbidden: "danger", strict: "warn", controlled: "accent" };

/** Ask the server and fill the card; `go(place)` chooses a place of it, `again()` asks once more. */
export async function tellSpot(here, { signal, go, again }) {
  const { lat, lon } = here.state.here;
  const path = `/api/at?${new URLSearchParams({ lon: lon.toFixed(6), lat: lat.toFixed(6), ...instantOf(here) })}`;
  const room = here.room;
  here.room = null;
  const typing = document.activeElement?.id === "card-day";
  if (!typing) fill([heading(say("what_is_here"), position(lat, lon)), skeleton()]);
  try {
    const dated = isGone() ? null : bring().then(() => dayParts(here, "card-day")).catch(() => null); // without a line there is none
    const judged = isGone() ? null : askRules(here, signal).catch(() => null); // the rest is told without it
    const asked = () => ask(path, signal);
    const found = await (otherDay(here) || !here.offline ? asked() : here.offline.spot(asked, { lat, lon })); // a pack knows its own day only
    const [day, rules] = found.packed ? [] : await Promise.all([dated, judged]);
    signal.throwIfAborted();
    fill(parts(found, { day, go, room, rules: rules && ruleParts(rules, { go, other: otherDay(here) }), actions: (name) => spotActions(here, name), ask: (purpose) => ask(`${path}&purpose=${encodeURIComponent(purpose)}`, signal) }));
    byId("card-body").querySelector(typing && day ? "#card-day" : "h2").focus({ preventScroll: true });
    byId("card-body").querySelector("[aria-current]")?.scrollIntoView({ block: "center", inline: "center" });
  } catch (error) {
    if (error.name === "AbortError") return;
    fill([heading(say("what_is_here"), position(lat, lon)),
      element("p", { role: "alert" }, say(navigator.onLine ? "card_failed" : "offline_no_answer")),
      element("div", { class: "actions" }, element("button", { type: "button", onclick: again }, say("retry")))]);
  }
}

async function ask(path, signal) {
  const response = await fetch(path, { signal });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

function parts(found, does) {
  const { areas, grid, lat, lon } = found;
  const chain = areas.slice(-2).flatMap((area) => [lead(area, does), " · "]);
  return [
    heading(sentence(found), element("span", {}, chain, position(lat, lon))),
    found.packed && packedNote(found.packed),
    does.day?.bar,
    handover(found.handover ?? []),
    element("dl", { class: "spot-facts" }, row("grid_here", grid && responsible(grid, does)), row("street", found.segment && street(found.segment, does)),
      row("zone", zones(found.zoning ?? [])), row("fences_here", fences(found.fences ?? [], does))),
    does.rules?.verdict,
    does.day?.field,
    does.rules?.instead,
    does.rules?.works,
    found.building && building(found.building, does),
    around(found.facilities ?? [], does),
    found.pipes && pipesPart(found.pipes, does),
    found.packed && element("p", { class: "aside" }, say("pipes_need_line")),
    does.actions(sentence(found)),
    element("p", { class: "origin" }, say("spot_caution", { at: found.at.slice(0, 16).replace("T", " ") })),
  ];
}

/** Where one stands, as one would say it. */
function sentence({ address, segment }) {
  const side = segment && sideOf(segment);
  if (address) return address.metres <= AT_DOOR ? address.title : say("beside_door", { door: address.title, metres: Math.round(address.metres) });
  return segment ? [segment.title, side].filter(Boolean).join(" ") : say("what_is_here");
}

function responsible(grid, does) {
  const [person, phone] = [fact(grid, "person"), fact(grid, "phone")];
  return [lead(grid, does), person && element("span", { class: "spot-second" }, person),
    phone && call(phone)];
}

function street(segment, does) {
  const where = [sideOf(segment), say("at_metre", { number: Math.round(segment.metre) }), say("away", { distance: plain(segment.metres) })];
  return [lead(segment, does), element("span", { class: "spot-second" }, where.filter(Boolean).join(" · ")), people(segment.heads ?? [])];
}

/** The side of the street as the server says it; out of a pack by the compass. */
function sideOf(segment) {
  if (Number.isInteger(segment.way)) return say("side_of", { way: say("compass").split(",")[segment.way] });
  return word(segment, "side_title");
}

/** The five who answer for a stretch of street, folded to the last of them: who walks it. */
function people(heads) {
  if (!heads.length) return null;
  const rank = (level) => say("head_level", { level: say("levels").split(",")[level - 1] });
  const line = ({ level, name, title: office, phone }) => element("li", {}, element("span", {}, name,
    element("span", { class: "spot-second" }, office === rank(level) ? office : `${rank(level)} · ${office}`)), phone && call(phone));
  return element("details", { class: "heads" }, element("summary", {}, say("heads_of_street", { name: heads.at(-1).name })), element("ol", {}, heads.map(line)));
}

function zones(zoning) {
  return zoning.length > 0 && zoning.map((zone) => element("p", {},
    element("span", { class: `tag ${TONES[raw(zone, "zone")] ?? ""}` }, fact(zone, "zone")), " ",
    running(zone), " ", [fact(zone, "street_class"), fact(zone, "hours")].filter(Boolean).join(" · "),
    element("span", { class: "spot-second" }, [fact(zone, "basis"), fact(zone, "valid")].filter(Boolean).join(" · "))));
}

function fences(held, does) {
  return held.length > 0 && held.map((fence) => element("p", {}, lead(fence, does), " ", running(fence),
    element("span", { class: "spot-second" }, [fact(fence, "purpose"), fact(fence, "hours"), fact(fence, "valid")].filter(Boolean).join(" · "))));
}

/** The house from its roof down: a strip a floor, each room a button. */
function building(held, does) {
  const floors = fact(held, "floors");
  const about = [fact(held, "address"), fact(held, "use"), floors && say("floors", { number: floors })].filter(Boolean);
  return section("building_here", lead(held, does, about[0] || held.title), element("p", { class: "aside" }, about.slice(1).join(" · ")),
    held.rooms?.length > 0 && element("ol", { class: "floors", "aria-label": say("rooms_by_floor") }, held.rooms.map((floor) => strip(floor, does))));
}

function strip({ floor, rooms }, { go, room }) {
  const name = floor === null ? say("floor_unknown") : say("floor", { number: floor });
  const units = new Set(rooms.map(({ unit }) => unit));
  const meant = (id, number) => room && (room.id ? room.id === id : room.number === number);
  const button = ({ id, number, unit }) => element("button", {
    type: "button", class: "room", "aria-current": meant(id, number) ? "true" : null, "aria-label": `${name} ${unit} ${number}`,
    onclick: () => go({ layer: "rooms", id }),
  }, units.size > 1 && unit ? element("small", {}, unit) : null, number);
  return element("li", {}, element("span", { class: "floor" }, name), element("div", { class: "rooms", tabindex: "0", role: "group", "aria-label": name }, [...rooms].sort(inOrder).map(button)));
}

const inOrder = (one, other) => one.unit.localeCompare(other.unit, "zh", { numeric: true }) || one.number.localeCompare(other.number, "zh", { numeric: true });

function around(facilities, { go }) {
  if (!facilities.length) return null;
  return section("around_here", element("ol", { class: "found-list" }, facilities.map((one) => {
    const kind = fact(one, "kind");
    const name = facts(one).name ? one.title : kind || one.title;
    const second = [name === kind ? "" : kind, fact(one, "state"), fact(one, "owner"), one.code].filter(Boolean).join(" · ");
    return element("li", {}, element("button", { type: "button", class: "found", onclick: () => go(one) },
      element("span", { class: "name" }, name), element("span", { class: "figure" }, plain(one.metres)), element("span", { class: "second" }, running(one), " ", second)));
  })));
}

const call = (phone) => element("a", { class: "button call", href: `tel:${phone}` }, icon("phone"), element("span", {}, phone));
const heading = (name, within) => element("header", {}, element("p", { class: "kind" }, icon("pin"), say("what_is_here")),
  element("h2", { tabindex: "-1" }, name), element("p", { class: "within" }, within));
const section = (key, ...children) => element("section", { class: "here-group" }, element("h3", {}, say(key)), children);
const row = (key, value) => value && element("div", {}, element("dt", {}, say(key)), element("dd", {}, value));
const lead = (place, { go }, name = title(place)) => element("button", { type: "button", class: "link", onclick: () => go(place) }, name);
const skeleton = () => element("div", { class: "skeleton", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
const position = (lat, lon) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
const plain = (metres) => (metres < 100 ? say("metres_plain", { number: Math.round(metres) }) : farness(metres));
const fill = (children) => byId("card-body").replaceChildren(...children.filter(Boolean));
const facts = (place) => Object.fromEntries(place.facts.map((one) => [one.key, one]));
const running = ({ hours }) => hours && openness({ ...hours, open: hours.now });
const raw = (place, key) => facts(place)[key]?.raw;
const word = (thing, key) => (english && thing[`${key}_en`]) || thing[key] || "";

function fact(place, key) {
  const held = facts(place)[key];
  return held ? word(held, "value") : "";
}
