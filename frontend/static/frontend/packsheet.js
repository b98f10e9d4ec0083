/** The sheet of what is taken along: which pieces there are and how large, how far one is, how old it is, to renew, to throw
 * away. What was begun goes on by itself when the line is back. */

import { cover } from "./cover.js";
import { byId, element, figure, icon, say } from "./dom.js";
import { age, clock, isGone } from "./line.js";
import { discard, goOn, stock, take } from "./pack.js";
import { sheet } from "./sheet.js";

const TILE_BYTES = 3000; // on the way, of the mean of a town
const megabytes = (bytes) => say("megabytes", { number: Math.max(0.1, bytes / 1e6).toFixed(1) });

/** Wire the button; `changed()` is called when what is on the phone is another. */
export function wirePacks(here, changed) {
  const body = element("div", { class: "sheet-body pack-body", tabindex: "-1" });
  byId("card").before(element("section", { id: "pack", class: "sheet", "aria-labelledby": "pack-title", hidden: true },
    element("button", { type: "button", class: "handle", "aria-label": say("open_or_fold") }),
    element("div", { class: "sheet-head" }, element("h2", { id: "pack-title", tabindex: "-1" }, say("packs"))),
    element("button", { type: "button", class: "close", "aria-label": say("close") }, icon("close")), body));
  const opener = byId("open-pack");
  opener.hidden = !window.caches; // without TLS nothing can be kept
  const panel = sheet("pack", () => opener.focus());
  let stop = null; // of what is under way
  let now = null;
  let failed = "";
  let choices = null;

  const fill = (...parts) => body.replaceChildren(...parts.flat().filter(Boolean));

  async function show() {
    const { whole, half } = await stock();
    opener.dataset.state = stop ? "busy" : whole ? "whole" : half ? "half" : "";
    if (!panel.isOpen) return;
    if (stop && now) return fill(progress(), whole && held(whole));
    fill(failed && element("p", { role: "alert", class: "wrong" }, failed), half && unfinished(half), whole && held(whole), isGone() ? nothingNew() : choosing(), rules());
  }

  async function run(work) {
    if (stop) return;
    stop = new AbortController();
    [now, failed] = [null, ""];
    navigator.serviceWorker?.controller?.postMessage("pack");
    navigator.storage?.persist?.().catch(() => null);
    fill(element("p", { role: "status" }, say("pack_begins")));
    try {
      await work({ signal: stop.signal, told });
    } catch (error) {
      if (error.name !== "AbortError") failed = say(`pack_${error.reason ?? "cut"}`);
    }
    stop = null;
    await changed();
    await show();
  }

  function told(state) {
    const shown = now && body.querySelector("progress");
    now = state;
    if (!shown) return void show();
    shown.value = state.done;
    body.querySelector(".pack-far").textContent = far(state);
  }

  const far = ({ done, total, bytes }) => say("pack_far", { done: figure(done), total: figure(total), size: megabytes(bytes) });
  const name = ({ title }) => title || say("this_piece");
  const button = (words, act, kind = "button") => element("button", { type: "button", class: kind, onclick: act }, words);

  const progress = () => element("section", { class: "pack-now" }, element("h3", {}, say("pack_taking", { title: name(now) })),
    element("progress", { max: now.total, value: now.done, "aria-label": say("pack_taking", { title: name(now) }) }),
    element("p", { class: "pack-far" }, far(now)), element("p", { class: "aside" }, say("pack_stay")),
    element("div", { class: "actions" }, button(say("stop"), () => stop?.abort())));

  const unfinished = (half) => element("section", { class: "pack-now" }, element("h3", {}, say("pack_half", { title: name(half) })),
    element("p", { class: "pack-far" }, far(half)),
    element("div", { class: "actions" }, !isGone() && button(say("go_on"), () => run((way) => goOn(half, way)), "button primary"), !isGone() && button(say("discard"), drop)));

  const held = (whole) => element("section", { class: "pack-now" }, element("h3", {}, icon("check"), name(whole)),
    element("p", {}, say("pack_since", { at: clock(new Date(whole.made)), age: age(new Date(whole.made)) })),
    element("p", { class: "aside" }, [say(whole.rooms ? "pack_with_rooms" : "pack_without_rooms"), megabytes(whole.bytes), say("pack_until", { at: clock(new Date(whole.ends)) })].join(" · ")),
    element("div", { class: "actions" },
      !isGone() && button(say("renew"), () => run((way) => take(whole.asked, { ...way, before: whole })), "button primary"),
      button(say("see_piece"), () => (panel.shut(), here.fit(boxOf(whole.outline)))), button(say("discard"), drop)));

  async function drop() {
    if (!window.confirm(say("discard_sure"))) return;
    await discard();
    await changed();
    await show();
  }

  const nothingNew = () => element("p", { class: "aside" }, say("pack_needs_line"));
  const rules = () => element("p", { class: "aside" }, say("pack_rules"));

  function choosing() {
    if (!choices) {
      ask();
      return element("div", { class: "skeleton", "aria-hidden": "true" }, element("i"), element("i"));
    }
    if (choices.failed) return [element("p", { role: "alert" }, choices.failed), element("div", { class: "actions" }, button(say("retry"), ask))];
    return form(choices);
  }

  async function ask() {
    const [{ lat, lng }, seen] = [here.map.getCenter(), here.map.getBounds()];
    const box = [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()].map((degree) => degree.toFixed(5)).join(",");
    try {
      const response = await fetch(`/api/field/pieces?${new URLSearchParams({ lon: lng.toFixed(6), lat: lat.toFixed(6), bbox: box })}`);
      const found = await response.json();
      choices = response.ok ? found : { failed: found.error ?? say("list_failed") };
    } catch {
      choices = { failed: say("list_failed") };
    }
    await show();
  }

  function form({ pieces, rooms, own }) {
    const fit = pieces.filter((piece) => !piece.refused);
    const first = fit.find((piece) => piece.area === own) ?? fit[0];
    const withRooms = element("input", { type: "checkbox", id: "pack-rooms", checked: first?.area === own && own !== null });
    const query = (piece) => new URLSearchParams({ ...(piece.area ? { area: piece.area } : { bbox: piece.bbox }), ...(withRooms.checked ? { rooms: 1 } : {}) });
    const chosen = () => fit[Number(made.querySelector("[name=piece]:checked")?.value ?? 0)];
    const made = element("form", {
      class: "pack-form", onsubmit: (event) => (event.preventDefault(), run((way) => take(String(query(chosen())), way))),
    }, element("h3", {}, say("pack_which")),
    element("ul", { role: "list" }, pieces.map((piece) => option(piece, fit.indexOf(piece), piece === first))),
    rooms && fit.length > 0 && element("label", { class: "pack-choice" }, withRooms, element("span", {}, say("with_rooms"), element("span", { class: "spot-second" }, say("with_rooms_why")))),
    fit.length > 0 && element("div", { class: "actions" }, element("button", { class: "button primary" }, icon("download"), say("take_along"))));
    return made;
  }

  const option = (piece, index, checked) => element("li", {}, element("label", { class: "pack-choice" },
    element("input", { type: "radio", name: "piece", value: index, checked, disabled: Boolean(piece.refused) }),
    element("span", {}, name(piece), element("span", { class: "spot-second" }, piece.refused ?? sizes(piece)))));
  const sizes = (piece) => say("pack_sizes", {
    surface: piece.km2 < 0.1 ? piece.km2.toFixed(2) : piece.km2.toFixed(1), rows: figure(piece.rows), size: megabytes(piece.bytes + piece.room_bytes + cover(piece.outline).length * TILE_BYTES),
  });

  opener.addEventListener("click", () => {
    if (panel.isOpen) return panel.shut();
    choices = null;
    panel.open("half");
    byId("pack-title").focus({ preventScroll: true });
    return show();
  });
  const again = async () => {
    const { half } = await stock();
    if (half && !isGone()) await run((way) => goOn(half, way));
  };
  window.addEventListener("online", again);
  show().then(again).catch(() => null); // no cache without TLS
  return { show };
}

function boxOf(rings) {
  const [lons, lats] = [rings.flat().map(([lon]) => lon), rings.flat().map(([, lat]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
