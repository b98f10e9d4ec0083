/** 圈选: a shape on the map, and the sheet that tells what lies in it, on which day, for whoever asks. */

import { bring } from "./bring.js";
import { countsTable, layerPart, saveCounts } from "./counts.js";
import { dayParts, instantOf, otherDay } from "./day.js";
import { byId, element, english, figure, icon, say, title } from "./dom.js";
import { areaWords, lasso } from "./lasso.js";
import { regionList } from "./regionlist.js";
import { placeShape, queryOf, shapeOf, textOf } from "./shapes.js";
import { share } from "./share.js";
import { sheet } from "./sheet.js";
import { now } from "./topics.js";

const NOON = "12:00";
const narrow = window.matchMedia("(max-width: 719px)");

/** Build the sheet and keep it in agreement with the state. */
export async function wireRegion(here) {
  await bring();
  const { map } = here;
  const parts = build();
  const outline = L.featureGroup().addTo(map);
  let asking = null;
  let drawing = null;
  let opener = null;
  let about = null; // of the shape: {title, square_metres, bounds}
  let told = [];

  const panel = sheet("region", (byKey) => {
    const inside = parts.root.contains(document.activeElement);
    put();
    here.leave({ shape: null, ...found.unfilter() });
    if (byKey || inside) (opener?.isConnected ? opener : map.getContainer()).focus({ preventScroll: true });
  });
  const found = regionList(here, parts, (layer, kind, signal) => get("/api/within", { ...question(layer), limit: 200, ...(kind ? { kind } : {}) }, signal));

  function put() {
    asking?.abort();
    outline.clearLayers();
    found.shut();
    delete document.body.dataset.region;
  }

  function follow() {
    const shape = shapeOf(here.state.shape);
    if (!shape) return (put(), panel.hide(), here.state.shape ? here.change({ shape: null }) : undefined);
    if (here.state.find) here.change({ find: null });
    document.body.dataset.region = "";
    panel.open("half");
    parts.title.textContent = nameOf(shape, "");
    parts.title.focus({ preventScroll: true });
    return ask(true);
  }

  const question = (layer) => ({ ...queryOf(shapeOf(here.state.shape)), ...instantOf(here, NOON), layers: layer.id });

  async function ask(move) {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    found.shut();
    parts.status.textContent = say("ask_waiting");
    parts.counts.replaceChildren(skeleton());
    parts.wrong.replaceChildren();
    try {
      const day = await dayParts(here, "region-day");
      const shape = shapeOf(here.state.shape);
      about = await get("/api/shape", queryOf(shape), signal);
      signal.throwIfAborted();
      parts.title.textContent = nameOf(shape, about.title);
      parts.area.textContent = areaWords(about.square_metres);
      const typing = parts.day.contains(document.activeElement);
      parts.day.replaceChildren(...[day.field, day.bar].filter(Boolean));
      if (typing) byId("region-day").focus({ preventScroll: true });
      trace(about.geometry, move);
      await count(signal);
    } catch (error) {
      if (error.name !== "AbortError") fail(error);
    }
  }

  /** Ask about each layer by itself: one that takes too long does not keep the others from being told. */
  async function count(signal) {
    const layers = ordered(here).filter((layer) => (layer.count || layer.dated) && !layer.guarded);
    const places = layers.map(() => element("div", {}));
    parts.counts.replaceChildren(...places);
    told = await Promise.all(layers.map(async (layer, i) => {
      const one = await answerOf(layer, signal);
      signal.throwIfAborted();
      places[i].replaceWith(...layerPart(layer, one, { other: otherDay(here), open: (kind) => found.open(layer, one, kind) }));
      return { ...one, layer };
    }));
    const none = told.filter((one) => one.count === 0 && !one.over_time?.some(({ count: some }) => some)).map(({ layer }) => title(layer));
    const guarded = here.layers.filter((layer) => layer.guarded && layer.count).map(title);
    const comma = english ? ", " : "、";
    parts.counts.append(...[
      none.length && element("p", { class: "aside" }, `${say("ask_none")}${english ? ": " : "："}${none.join(comma)}`),
      guarded.length && element("p", { class: "aside" }, say("ask_guarded", { titles: guarded.join(comma) })),
    ].filter(Boolean));
    const some = told.filter((one) => one.count);
    parts.status.textContent = total(some);
  }

  const total = (some) => say("ask_total", { layers: some.length, count: figure(some.reduce((sum, one) => sum + one.count, 0)) });

  function printed() {
    const caption = [areaWords(about.square_metres), parts.status.textContent, say("as_of", { day: here.state.day ?? now().slice(0, 10) })];
    return countsTable(caption.join(" · "), told);
  }

  async function answerOf(layer, signal) {
    try {
      const { layers: [one] } = await get("/api/within", { ...question(layer), limit: 1, ...(layer.dated ? { per: "month" } : {}) }, signal);
      return one;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      return { failed: error.told ?? say("ask_failed") };
    }
  }

  function fail(error) {
    about = null;
    parts.counts.replaceChildren();
    parts.status.textContent = "";
    parts.wrong.replaceChildren(element("div", { class: "notice danger", role: "alert" }, icon("warning"), element("div", {},
      element("p", {}, error.told ?? say("ask_failed")),
      element("div", { class: "actions" }, error.told ? null : element("button", { type: "button", onclick: () => ask(false) }, say("retry")),
        element("button", { type: "button", onclick: draw }, icon("shape"), say("ask_again"))))));
  }

  function trace(geometry, move) {
    outline.clearLayers();
    outline.addLayer(L.geoJSON({ type: "Feature", properties: {}, geometry }, { interactive: false, style: () => ({ className: "asked-shape" }) }));
    if (move && !isSeen()) fit();
  }

  /** Whether all of the shape lies in what the sheet leaves free of the map. */
  function isSeen() {
    const [west, south, east, north] = about.bounds;
    const [low, high] = [[south, west], [north, east]].map((corner) => map.latLngToContainerPoint(corner));
    const size = map.getSize();
    return low.x > (narrow.matches ? 0 : 390) && high.x < size.x - besideMap() && high.y > 60 && low.y < (narrow.matches ? size.y / 2 : size.y);
  }

  const besideMap = () => (narrow.matches || byId("layers").hidden ? 0 : 300);

  function fit() {
    const [west, south, east, north] = about.bounds;
    map.fitBounds([[south, west], [north, east]], {
      paddingTopLeft: narrow.matches ? [30, 80] : [400, 80], paddingBottomRight: narrow.matches ? [30, innerHeight / 2 + 20] : [80 + besideMap(), 60],
      maxZoom: 18, animate: false,
    });
  }

  function draw() {
    if (drawing) return undefined;
    if (!parts.root.contains(document.activeElement)) opener = document.activeElement;
    byId("ask-shape").setAttribute("aria-pressed", "true");
    const end = () => ((drawing = null), byId("ask-shape").setAttribute("aria-pressed", "false"));
    drawing = lasso(map, (shape) => (end(), here.change({ sel: null, here: null, find: null, shape: textOf(shape), ...found.unfilter() },
      { push: true, opened: !here.state.shape })), () => (end(), opener?.focus?.({ preventScroll: true })));
    byId("card").before(drawing);
    return map.getContainer().focus({ preventScroll: true });
  }

  parts.actions.append(
    action("download", "as_csv_counts", () => about && saveCounts(parts.title.textContent, about, told, here.state.day)),
    action("share", "share", () => share(parts.title.textContent, location.href)),
    action("shape", "ask_again", draw),
    action("target", "zoom_here", () => about && fit()),
    action("print", "print", async () => (await import("./print.js")).openPrint(here, parts.title.textContent, about && printed())),
  );
  for (const button of [...parts.actions.children].slice(-2)) button.classList.add("desk-only");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && panel.isOpen) (event.preventDefault(), panel.shut(true));
  });
  here.listen((state, before) => state.shape && state.shape === before.shape && state.day !== before.day && ask(false));
  return {
    follow, draw,
    askPlace(place) {
      opener = null;
      here.change({ sel: null, here: null, find: null, shape: textOf(placeShape(place)) }, { push: true, opened: !here.state.shape });
    },
  };
}

function nameOf(shape, named) {
  if (shape.kind === "circle") return `${say("draw_circle")} · ${say("draw_radius", { metres: figure(shape.reach) })}`;
  if (shape.kind === "poly") return say(shape.corners.length === 4 && isBox(shape.corners) ? "draw_box" : "draw_polygon");
  return shape.reach && named ? say("named_around", { title: named, metres: figure(shape.reach) }) : named || say("ask_shape");
}

const isBox = ([a, b, c, d]) => a[0] === b[0] && b[1] === c[1] && c[0] === d[0] && d[1] === a[1];
const ordered = ({ manifest, layers }) => manifest.groups.flatMap((group) => layers.filter((layer) => layer.group === group.id));
const action = (name, words, onclick) => element("button", { type: "button", onclick }, icon(name), say(words));
const skeleton = () => element("div", { class: "skeleton", "aria-hidden": "true" }, element("i"), element("i"), element("i"), element("i"));

/** An answer of the server; what it says of a wrong question, in the reader's language, is `told` of the error. */
async function get(path, values, signal) {
  const response = await fetch(`${path}?${new URLSearchParams(values)}`, { signal });
  if (response.ok) return response.json();
  const said = response.status < 500 ? (await response.json().catch(() => ({}))).error : "";
  const [zh, en] = (said ?? "").split(" / ");
  throw Object.assign(new Error(String(response.status)), { told: ((english && en) || zh)?.replace(/^(参数 |parameter )\S+?[：:] ?/, "") || undefined });
}

function build() {
  const parts = {
    title: element("h2", { id: "region-title", tabindex: "-1" }),
    area: element("p", { class: "within" }),
    day: element("div", {}),
    status: element("p", { class: "region-total", role: "status" }),
    wrong: element("div", {}),
    counts: element("div", { class: "region-counts" }),
    list: element("div", { hidden: true }),
    actions: element("div", { class: "actions" }),
  };
  parts.told = element("div", {}, parts.actions, parts.counts, element("p", { class: "origin" }, say("ask_caution")));
  parts.root = element("section", { id: "region", class: "sheet", "aria-labelledby": "region-title", hidden: true },
    element("button", { type: "button", class: "handle", "aria-label": say("open_or_fold") }),
    element("div", { class: "sheet-head" }, element("p", { class: "kind" }, icon("shape"), say("ask_shape")), parts.title, parts.area),
    element("button", { type: "button", class: "close", "aria-label": say("close") }, icon("close")),
    element("div", { class: "sheet-body", tabindex: "-1" }, parts.day, parts.status, parts.wrong, parts.told, parts.list));
  byId("card").before(parts.root);
  return parts;
}
