/** The card of one place: what it is, where it belongs, what holds now, what one can do, and how old and whose all that is. */

import { byId, credited, element, english, icon, measured, say, title } from "./dom.js";
import { openness } from "./rows.js";
import { copy } from "./share.js";
import { swatch } from "./swatch.js";

/** What the properties of a tile call a feature; empty when it has no name. */
export function nameOf(layer, properties) {
  const carried = Object.keys(properties).find((key) => key.endsWith("_name"));
  return String(properties.name || properties[layer.style.label?.field] || properties[carried] || "");
}

/** Fill the card at once with what the tile knows, while the rest is on its way. */
export function showOutline(layer, properties) {
  fill([
    layer && heading(layer, nameOf(layer, properties) || title(layer), null),
    element("div", { class: "skeleton", "aria-hidden": "true" }, element("i"), element("i"), element("i")),
  ]);
}

/** Fill the card. `others` are further hits at the same spot; `does` holds zoom(), share(), ask(), print(), choose(hit), go(place),
 * region() where its ground, or what lies around it where it `isPoint`, can be asked about. */
export function showCard(card, layer, others, does) {
  fill([
    heading(layer, title(card), card.rows.some(({ value }) => value === card.subtitle) ? null : (english && card.subtitle_en) || card.subtitle),
    state(card),
    belonging(card, does),
    handover(card.handover ?? []),
    actions(does),
    facts(card, layer),
    alsoHere(others, does.choose),
    follow(card.follow),
    report(card.report),
    origin(card),
  ]);
}

/** Say that it could not be fetched. */
export function showFailure(text, retry) {
  fill([
    element("h2", {}, text),
    element("div", { class: "actions" }, element("button", { type: "button", onclick: retry }, say("retry"))),
  ]);
}

/** Say that there is no such place for the reader, in the same words whether it is gone or not his to see, and what he can do
 * instead: search(), list(), and `signIn`, the address where staff sign in. */
export function showNoPlace({ search, list, signIn }) {
  fill([
    element("h2", { tabindex: "-1" }, say("no_such_place")),
    element("p", {}, say("no_such_place_why")),
    element("div", { class: "actions" },
      element("button", { type: "button", onclick: search }, icon("search"), say("search_else")),
      element("button", { type: "button", onclick: list }, icon("list"), say("list_around")),
      signIn && element("a", { class: "button", href: signIn }, say("staff_sign_in"))),
  ]);
}

function fill(parts) {
  byId("card-body").replaceChildren(...parts.filter(Boolean));
}

function heading(layer, name, subtitle) {
  const kind = layer && element("p", { class: "kind" },
    layer.style.classes.length === 1 ? swatch(layer, layer.style.classes[0]) : null, title(layer));
  const second = subtitle && subtitle !== name ? element("p", { class: "subtitle" }, subtitle) : null;
  return element("header", {}, kind, element("h2", { tabindex: "-1" }, name), second);
}

/** Open or shut now; for places that keep hours. */
function state(card) {
  const known = openness(card);
  return known && element("p", { class: "state" }, known);
}

function actions(does) {
  return element("div", { class: "actions" },
    element("button", { type: "button", onclick: does.share }, icon("share"), say("share")),
    element("button", { type: "button", onclick: does.zoom }, icon("target"), say("zoom_here")),
    element("button", { type: "button", onclick: does.ask }, icon("info"), say("what_holds")),
    does.region && element("button", { type: "button", onclick: does.region }, icon("shape"), say(does.isPoint ? "ask_around" : "ask_region")),
    element("button", { type: "button", class: "desk-only", onclick: does.print }, icon("print"), say("print")));
}

/** Ways into the maps that people navigate with, each in the datum that it expects. */
export function handover(apps) {
  if (!apps.length) return null;
  const links = apps.map((app) => element("a", { class: "button primary", href: app.url, target: "_blank", rel: "noopener noreferrer" },
    element("span", {}, title(app)), element("small", {}, app.datum)));
  return element("div", { class: "handover" }, element("h3", {}, icon("navigate"), say("navigate_with")), element("div", {}, links));
}

function follow(path) {
  if (!path) return null;
  const feed = english ? `${path}?lang=en` : path;
  const link = new URL(feed, location.href).href;
  return element("details", { class: "follow" }, element("summary", {}, icon("bell"), say("follow")),
    element("p", {}, say("follow_how")),
    element("a", { href: feed, type: "application/atom+xml" }, link),
    element("div", { class: "actions" },
      element("button", { type: "button", onclick: () => copy(link) }, icon("link"), say("copy_link"))));
}

/** How a problem is told; what it says comes when it is opened, and is asked for again when it did not come. */
function report(told) {
  if (!told) return null;
  const body = element("div");
  const part = element("details", { class: "report" }, element("summary", {}, icon("warning"), say("report")), body);
  const tell = () => import("./report.js").then(({ tellReport }) => tellReport(body, told), () => body.replaceChildren(
    element("p", { role: "alert" }, say("card_failed")),
    element("div", { class: "actions" }, element("button", { type: "button", onclick: tell }, say("retry")))));
  part.addEventListener("toggle", tell, { once: true });
  return part;
}

function belonging(card, does) {
  const places = card.within.flatMap((place, i) => [
    i ? " · " : null,
    element("button", { type: "button", class: "link", onclick: () => does.go(place) }, title(place)),
  ]);
  const position = `${card.lat.toFixed(5)}, ${card.lon.toFixed(5)}`;
  return element("p", { class: "within" }, places, places.length ? " · " : null, element("span", { class: "position" }, position));
}

function facts(card, layer) {
  const shown = card.rows.filter(({ value }) => value !== title(card));
  if (!shown.length) return null;
  return element("dl", {}, shown.map((fact) => {
    const value = measured(fact);
    const row = layer?.style.by === fact.key && layer.style.classes.find((known) => known.title === fact.value);
    return element("div", {}, element("dt", {}, title(fact)),
      element("dd", {}, row ? element("span", { class: "badge" }, swatch(layer, row), value) : value));
  }));
}

function alsoHere(others, choose) {
  if (!others.length) return null;
  const buttons = others.map((hit) =>
    element("button", { type: "button", class: "chip small", onclick: () => choose(hit) }, hit.title, element("small", {}, hit.kind)));
  return element("div", { class: "also" }, element("h3", {}, say("also_here")), element("div", {}, buttons));
}

/** Whose the data are and how old: said even when that is not known. */
function origin(card) {
  const { surveyed_at, updated_at } = card.provenance;
  const source = credited(card.provenance);
  const { surveyed = surveyed_at, updated = updated_at } = card.age ?? {};
  return element("p", { class: "origin" }, [
    source || card.age?.source ? say("from_source", { source: source || card.age.source }) : say("unnamed_source"),
    surveyed ? say("surveyed", { day: day(surveyed) }) : say("survey_unknown"),
    updated && say("updated", { day: day(updated) }),
  ].filter(Boolean).join(" · "));
}

const day = (moment) => moment.slice(0, 10);
