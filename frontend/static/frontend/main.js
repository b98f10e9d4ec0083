/** The start of the map page: the map with its first tiles, and then, while these are on their way, everything else.
 *
 * What is needed for the first picture is imported here; the rest comes by `import()`, so that it never waits for it:
 * first the words on the map, then what stands around it. */

import { atlas } from "./atlas.js";
import { byId } from "./dom.js";
import { paintRules, shows } from "./draw.js";
import { addTiles } from "./tiles.js";

const QUIET_MS = 120; // no tile asked for, none painted: the map stands still
const PATIENCE_MS = 2500; // a slow first picture does not keep the buttons waiting
const LATER = ["./wording.js", "./page.js"].map((name) => new URL(name, import.meta.url).href); // fetched while others run
const OPTIONS = {
  zoomControl: false, attributionControl: false, fadeAnimation: false, minZoom: 3, maxZoom: 20, zoomSnap: 1,
};

function start(map) {
  const manifest = JSON.parse(byId("manifest").textContent);
  const here = atlas(map, manifest, JSON.parse(byId("city-bounds").textContent));
  const early = keepEarly(map);
  const first = drawTiles(here);
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  Promise.race([first, early.touched, patience])
    .then(() => import(byId("map").dataset.around ?? "./page.js"))
    .then(({ furnish }) => furnish(here))
    .then(() => (early.give(), here.furnished()))
    .catch(() => failed());
}

/** Draw the layers that are on; resolves with the first picture. `body[data-ready]` is there while the map stands still and
 * what stands around it answers. */
function drawTiles(here) {
  const { map, layers, view, ids } = here;
  const ground = paintRules(layers, view);
  const words = () => import("./wording.js").then(({ wordRules }) => wordRules(layers, view));
  const worded = (zoom) => wordedLayers(layers, view, zoom);
  let quiet = 0;
  let furnished = false;
  return new Promise((resolve) => {
    const told = ({ busy, failed: lost }) => {
      byId("progress").hidden = !busy;
      map.fire("atlas:tiles", { lost });
      clearTimeout(quiet);
      if (busy) return void delete document.body.dataset.ready;
      resolve(); // ground and words are there: what stands around the map is next
      quiet = setTimeout(settle, QUIET_MS);
    };
    const settle = () => {
      if (!here.tiles.settled || !furnished) return;
      document.body.dataset.ready = "";
      map.fire("atlas:still");
    };
    here.furnished = () => (furnished = true, settle());
    here.tiles = addTiles(map, { ids, ground, words, worded, furnished: () => furnished }, told);
    whenPainted(here);
  });
}

/** Which points and words are wanted at a zoom: while this is the same, they stay where they are. */
function wordedLayers(layers, view, zoom) {
  const speaks = (layer, row) => shows(view, layer, row, zoom) && (layer.style.kind === "point" || row.label);
  const rows = layers.flatMap((layer) => layer.style.classes.filter((row) => speaks(layer, row))
    .map((row) => `${layer.id}.${row.index}.${view.only(layer.id)}`));
  return `${zoom}:${rows.join()}`;
}

/** The mark of the first picture: no tile in view is missing, and both the base map and a layer upon it are painted with
 * something in them. Where there is no such layer, all that is there counts, words and points with it. */
function whenPainted(here) {
  const { map, tiles } = here;
  const look = () => {
    if (!tiles.grounded) return;
    const painted = tiles.settled ? !tiles.inView().next().done : hasBoth(here);
    if (!painted) return;
    map.off("atlas:tiles", look);
    performance.mark("map:meaningful");
    const load = (href) => Object.assign(document.createElement("link"), { rel: "modulepreload", href });
    document.head.append(...LATER.map(load));
  };
  map.on("atlas:tiles", look);
}

/** Whether the ground in the window, its surfaces and lines, has something of the base map and something upon it. */
function hasBoth({ map, tiles, known, view }) {
  const missing = new Set([true, false]);
  const seen = map.getBounds();
  for (const [id, { props, bbox }, key] of tiles.inView()) {
    const layer = known.get(id);
    const row = layer && layer.style.kind !== "point" && layer.classAt(props);
    if (!row || !missing.has(layer.group === "base") || !shows(view, layer, row, map.getZoom())) continue;
    const corners = [[bbox.minX, bbox.minY], [bbox.maxX, bbox.maxY]].map(([x, y]) => tiles.placeOf({ x, y }, key));
    if (seen.intersects(corners)) missing.delete(layer.group === "base");
    if (!missing.size) return true;
  }
  return false;
}

/** What is pressed before the page can answer is kept (from the start, by the page's own first lines), and answered then. */
function keepEarly(map) {
  let tapped = null;
  let struck = null;
  let touch = null;
  const touched = new Promise((resolve) => (touch = resolve));
  const onTap = (event) => (tapped = event, touch());
  const onKey = (event) => event.target === document.body && (struck = event, touch());
  if (window.pressed) touch();
  document.addEventListener("click", touch, { once: true, capture: true });
  document.addEventListener("focusin", touch, { once: true });
  document.addEventListener("keydown", onKey);
  map.on("click", onTap);
  return {
    touched,
    give() {
      window.keepNoMore();
      map.off("click", onTap);
      document.removeEventListener("keydown", onKey);
      if (window.pressed?.isConnected) window.pressed.click();
      else if (tapped) map.fire("click", tapped);
      if (struck) document.body.dispatchEvent(new KeyboardEvent("keydown", struck));
    },
  };
}

function failed() {
  const bar = byId("bar");
  const retry = Object.assign(document.createElement("button"), { type: "button", textContent: bar.dataset.retry });
  retry.addEventListener("click", () => location.reload());
  bar.replaceChildren(bar.dataset.failed, retry);
  bar.hidden = false;
  document.body.dataset.bar = "server";
  document.body.dataset.ready = "failed";
}

start(L.map("map", OPTIONS));
