/** The list beside the map: what was asked for, nearest first, each row tied to its pin. */

import { controls } from "./controls.js";
import { byId, element, english, icon, say, title } from "./dom.js";
import { grounds } from "./grounds.js";
import { isInTown, locate } from "./locate.js";
import { keyOf, pins } from "./pins.js";
import { row } from "./rows.js";
import { sheet } from "./sheet.js";
import { takeHome } from "./take.js";
import { now, topicOf } from "./topics.js";

const WAIT_MS = 300;
const NEAR_ZOOM = 16;
const NEAREST_ZOOM = 17;
const FEW = 8;
const HEAP = 140; // pixels across, of so many pins
const FREE = 0.32; // the middle of what search box and half a sheet leave of a phone's map, from the top
const narrow = window.matchMedia("(max-width: 719px)");
const MOVED = 0.25; // of the view's width: so far the map is moved before the list is asked for anew

/** Build the sheet and keep it in agreement with the state; `follow()` is called when the topic changes. `linked`: it was the
 * address that asked for a list, not a button. */
export function wireFinder(here, linked) {
  const { map } = here;
  const parts = build();
  let asked = null;
  let topic = null;
  let items = [];
  let origin = null; // where the list on show was asked from
  let opener = null;
  let wait = 0;
  let stay = linked && here.state.view !== null; // a link with a view of its own is not moved by the list it opens

  const panel = sheet("finder", (byKey) => {
    put();
    here.leave({ find: null });
    if (byKey || parts.root.contains(document.activeElement)) (opener?.isConnected ? opener : map.getContainer()).focus();
  });
  const grounded = grounds(map);
  const pinned = pins(map, here.known, { choose: (item) => open(item, false), touch: (item, on) => light(item, on) });

  function put() {
    asked?.abort();
    here.lift(0);
    pinned.clear();
    grounded.clear();
    here.cover(null);
    topic = null;
    document.body.removeAttribute("data-finder");
  }

  function light(item, on) {
    pinned.light(item, on);
    parts.list.querySelector(`[data-key="${keyOf(item)}"]`)?.classList.toggle("lit", on);
  }

  function open(item, byKey) {
    if (!item.layer || !item.id) return map.setView([item.lat, item.lon], NEAR_ZOOM);
    map.fire("atlas:choose", { item, byKey });
    return undefined;
  }

  async function follow() {
    const { find } = here.state;
    const wanted = find && topicOf(find.topic, here.known);
    if (!wanted) return find ? here.change({ find: null }) : (put(), panel.hide());
    const fresh = wanted.name !== topic?.name;
    if (fresh && narrow.matches) here.lift(map.getSize().y * (0.5 - FREE)); // what was in the middle stays in sight
    topic = wanted;
    if (fresh) {
      opener = document.activeElement;
      parts.title.textContent = topic.row ? title(topic.row) : say(`topic_${topic.name}`);
      panel.open("half");
      document.body.setAttribute("data-finder", "");
      here.cover(topic.cover ?? null);
      parts.title.focus({ preventScroll: true });
      if (topic.byDistance && !here.me) seekPosition(!stay);
    }
    if (fresh) parts.take.replaceChildren(...takeHome(topic, here.known));
    parts.controls.replaceChildren(...controls(topic, find, (patch) => here.change({ find: { ...here.state.find, ...patch } })));
    const reveal = fresh && !stay;
    stay = false;
    return ask(reveal);
  }

  /** Ask where the reader stands without waiting for it: the list is there by the middle of the map meanwhile. */
  async function seekPosition(reveal) {
    const me = await locate(map);
    here.me = me && isInTown(me, here.manifest.bounds) ? me : null;
    here.asked = true;
    if (topic) ask(reveal && Boolean(here.me));
  }

  /** The middle of the map that is seen above the sheet. */
  function middleSeen() {
    const { x, y } = map.getSize();
    return narrow.matches ? map.containerPointToLatLng([x / 2, y * FREE]) : map.getCenter();
  }

  function spot() {
    const middle = middleSeen();
    const from = topic.byDistance && here.me ? here.me : { lon: middle.lng, lat: middle.lat };
    const seen = map.getBounds();
    const layers = (topic.layers ?? []).filter((id) => here.known.has(id));
    return { origin: from, bbox: [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()], zoom: map.getZoom(), layers, today: now().slice(0, 10) };
  }

  async function ask(reveal) {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const at = spot();
    origin = at.origin;
    parts.list.setAttribute("aria-busy", "true");
    if (!items.length) parts.list.replaceChildren(...skeleton());
    try {
      const { find } = here.state;
      const fetched = () => fetchList(topic.url(find, at), signal);
      const found = await (here.offline ? here.offline.near(fetched, topic, find, at) : fetched());
      if (!signal.aborted) show(found, at, reveal);
    } catch (error) {
      if (error.name !== "AbortError") fail();
    }
  }

  function show(found, at, reveal) {
    items = found.items;
    parts.list.removeAttribute("aria-busy");
    parts.list.replaceChildren(...items.map((item) => row(item, topic, { open: (byKey) => open(item, byKey), light: (on) => light(item, on) })));
    parts.note.replaceChildren(...[here.offline?.note(found), ...note()].filter(Boolean));
    const shut = topic.canBeShut && !here.state.find.all;
    parts.nothing.hidden = items.length > 0;
    parts.nothing.textContent = say(shut ? "nothing_open" : "nothing_of_this");
    parts.status.textContent = items.length ? say("found_count", { count: items.length }) : parts.nothing.textContent;
    parts.more.hidden = !found.more;
    pinned.show(items, topic);
    grounded.show(items);
    pinned.choose(here.state.sel);
    if (reveal && items.length) showFirst(at);
  }

  /** Where the distances are counted from, and how they are. */
  function note() {
    if (!topic.byDistance) return [];
    const words = [here.me ? say("from_you") : say(here.asked ? "from_middle_refused" : "from_middle"), say("as_walked")];
    return [element("p", {}, words.join(english ? " " : ""))];
  }

  /** The nearest and where the reader stands; else the nearest few where they would be one heap of pins, or all that are dated. */
  function showFirst({ origin: from }) {
    const placed = items.filter((item) => Number.isFinite(item.lat)).map(({ lat, lon }) => [lat, lon]);
    if (!placed.length) return;
    const fit = (corners, maxZoom) => map.fitBounds(corners, {
      paddingTopLeft: [60, 140], paddingBottomRight: narrow.matches ? [40, innerHeight / 2] : [40, 60], maxZoom, animate: false,
    });
    const few = topic.byDistance ? placed.slice(0, FEW) : placed;
    if (topic.byDistance && here.me) fit([[from.lat, from.lon], placed[0]], NEAREST_ZOOM);
    else if (topic.byDistance && isHeap(few)) fit(few, NEAREST_ZOOM);
    else if (!isSeen(placed[0])) fit(few, NEAR_ZOOM);
  }

  function isHeap(few) {
    const bounds = L.latLngBounds(few);
    return few.length > 1 && map.latLngToContainerPoint(bounds.getNorthEast()).distanceTo(map.latLngToContainerPoint(bounds.getSouthWest())) < HEAP;
  }

  function isSeen(pin) {
    const { x, y } = map.latLngToContainerPoint(pin);
    const size = map.getSize();
    return x > 0 && y > 0 && x < size.x && y < (narrow.matches ? size.y / 2 : size.y);
  }

  function fail() {
    parts.list.removeAttribute("aria-busy");
    parts.list.replaceChildren(element("li", { class: "failed", role: "alert" }, element("p", {}, say("list_failed")),
      element("button", { type: "button", class: "button", onclick: () => ask(true) }, say("retry"))));
  }

  function moved() {
    if (!topic || !panel.isOpen || byId("card").hidden === false || (topic.byDistance && here.me)) return;
    const middle = middleSeen();
    const across = map.getBounds().getEast() - map.getBounds().getWest();
    const far = Math.hypot(middle.lng - origin.lon, middle.lat - origin.lat) > across * MOVED;
    clearTimeout(wait);
    if (far || topic.followsMap || topic.dates) wait = setTimeout(() => ask(false), WAIT_MS);
  }

  map.on("moveend", moved);
  map.on("atlas:located", () => topic?.byDistance && ask(true));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && panel.isOpen) (event.preventDefault(), panel.shut(true));
  });
  here.listen((state, before) => {
    const same = state.find && before.find && state.find.topic === before.find.topic && topic;
    if (same && state.find !== before.find) follow();
    if (state.sel !== before.sel) pinned.choose(state.sel);
  });
  return { follow };
}

async function fetchList(path, signal) {
  const response = await fetch(path, { signal });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

function build() {
  const parts = {
    title: element("h2", { id: "finder-title", tabindex: "-1" }),
    controls: element("div", { class: "finder-controls" }),
    note: element("div", { class: "finder-note" }),
    status: element("p", { class: "unseen", role: "status" }),
    list: element("ol", { id: "finder-list", class: "found-list", "aria-labelledby": "finder-title" }),
    nothing: element("p", { class: "finder-nothing", hidden: true }),
    more: element("p", { class: "finder-note", hidden: true }, say("there_is_more")),
    take: element("div", { class: "finder-take" }),
  };
  parts.root = element("section", { id: "finder", class: "sheet", "aria-labelledby": "finder-title", hidden: true },
    element("button", { type: "button", class: "handle", "aria-label": say("open_or_fold") }),
    element("div", { class: "sheet-head" }, parts.title),
    element("button", { type: "button", class: "close", "aria-label": say("close") }, icon("close")),
    element("div", { class: "sheet-body", tabindex: "-1" },
      parts.controls, parts.note, parts.status, parts.list, parts.nothing, parts.more, parts.take));
  byId("card").before(parts.root);
  return parts;
}

const skeleton = () => [element("li", { class: "skeleton", "aria-hidden": "true" }, element("i"), element("i"), element("i"))];
