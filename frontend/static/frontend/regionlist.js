/** The list behind a count: what of a layer, or of one kind of it, lies in the shape; the map shows that kind alone. */

import { classOf } from "./counts.js";
import { element, figure, icon, measured, say, title } from "./dom.js";

/** `parts` of the sheet; `ask(layer, kind, signal)` promises the rows. */
export function regionList(here, parts, ask) {
  let asking = null;
  let filtered = false; // whether the map shows one kind alone for this list
  let opener = null;

  function shut() {
    asking?.abort();
    parts.list.hidden = true;
    parts.told.hidden = false;
  }

  /** What the state has to forget with the list. */
  function unfilter() {
    const was = filtered;
    filtered = false;
    return was ? { only: null } : {};
  }

  function back() {
    shut();
    here.change(unfilter());
    if (opener?.isConnected) opener.focus();
  }

  async function open(layer, told, kind) {
    opener = document.activeElement;
    asking?.abort();
    asking = new AbortController();
    const heading = element("h3", { tabindex: "-1" }, kind ? `${title(layer)} · ${title(kind)}` : title(layer));
    const list = element("ol", { class: "found-list", "aria-busy": "true" });
    const note = element("p", { class: "finder-note", role: "status" });
    parts.list.replaceChildren(element("button", { type: "button", class: "button", onclick: back }, icon("back"), say("ask_back")), heading, list, note);
    [parts.list.hidden, parts.told.hidden] = [false, true];
    heading.focus({ preventScroll: true });
    show(layer, kind);
    try {
      const { layers: [{ items, count }] } = await ask(layer, kind?.code, asking.signal);
      list.replaceChildren(...items.map((item) => row(here, layer, item)));
      note.textContent = items.length < count ? `${say("ask_shown", { count: items.length })} / ${figure(count)}` : say("found_count", { count: items.length });
    } catch (error) {
      if (error.name !== "AbortError") note.textContent = error.told ?? say("list_failed");
    }
    list.removeAttribute("aria-busy");
  }

  /** Have the map draw it: the layer, and of it the class of the kind alone where there is one. */
  function show(layer, kind) {
    const drawn = kind && classOf(layer, kind);
    if (!here.view.opacity(layer.id)) here.switch(layer.id, 1);
    if (!drawn) return;
    filtered = true;
    here.change({ only: { layer: layer.id, id: drawn.index } });
  }

  return { open, shut, unfilter };
}

function row(here, layer, item) {
  const facts = item.facts.filter(({ value }) => value && value !== item.title).slice(0, 2);
  const second = [...facts.map(measured), item.code].filter(Boolean);
  return element("li", {}, element("button", {
    type: "button", class: "found", onclick: (event) => here.map.fire("atlas:choose", { item, byKey: event.detail === 0 }),
  }, element("span", { class: "name" }, title(item) || title(layer)),
  second.length > 0 && element("span", { class: "second" }, [...new Set(second)].join(" · "))));
}
