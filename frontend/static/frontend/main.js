/** The start of the map page: the map with its first tiles, and then, while these are on their way, everything else.
 *
 * What is needed for the first picture is imported here; the rest comes by `import()`, so that it never waits for it. */

import { atlas } from "./atlas.js";
import { byId } from "./dom.js";
import { labelRules, paintRules } from "./draw.js";
import { addTiles } from "./tiles.js";

const QUIET_MS = 120; // no tile asked for, none painted: the map stands still
const PATIENCE_MS = 2500; // a slow first picture does not keep the buttons waiting

L.Map.mergeOptions({
  zoomControl: false, attributionControl: false, fadeAnimation: false, minZoom: 3, maxZoom: 20, zoomSnap: 1,
});
window.addEventListener("map:init", (event) => start(event.detail.map));

function start(map) {
  const manifest = JSON.parse(byId("manifest").textContent);
  const here = atlas(map, manifest, JSON.parse(byId("city-bounds").textContent));
  const early = keepEarly(map);
  const first = drawTiles(here);
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  Promise.race([first, early.touched, patience])
    .then(() => import("./page.js"))
    .then(({ furnish }) => (furnish(here), early.give()))
    .catch(() => failed());
}

/** Draw the layers that are on; resolves with the first picture. `body[data-ready]` is there while the map stands still. */
function drawTiles(here) {
  const { map, layers, view, ids } = here;
  const rules = () => ({ paintRules: paintRules(layers, view), labelRules: labelRules(layers, view) });
  let quiet = 0;
  return new Promise((resolve) => {
    const told = ({ busy, failed: lost }) => {
      byId("progress").hidden = !busy;
      map.fire("atlas:tiles", { lost });
      clearTimeout(quiet);
      if (busy) delete document.body.dataset.ready;
      else quiet = setTimeout(settle, QUIET_MS);
    };
    const settle = () => {
      if (!here.tiles.settled) return;
      document.body.dataset.ready = "";
      map.fire("atlas:still");
      resolve();
    };
    here.tiles = addTiles(map, ids, rules, told);
    whenPainted(here, resolve);
  });
}

/** The mark of the first picture: tiles with something in them are on the screen. */
function whenPainted({ map, tiles }, resolve) {
  const look = () => {
    if (!tiles.settled || tiles.inView().next().done) return;
    map.off("atlas:tiles", look);
    performance.mark("map:meaningful");
    resolve();
  };
  map.on("atlas:tiles", look);
}

/** What is pressed before the page can answer is kept (from the start, by the page's own first lines), and answered then. */
function keepEarly(map) {
  let tapped = null;
  let touch = null;
  const touched = new Promise((resolve) => (touch = resolve));
  const onTap = (event) => (tapped = event, touch());
  if (window.pressed) touch();
  document.addEventListener("click", touch, { once: true, capture: true });
  document.addEventListener("focusin", touch, { once: true });
  map.on("click", onTap);
  return {
    touched,
    give() {
      window.keepNoMore();
      map.off("click", onTap);
      if (window.pressed?.isConnected) window.pressed.click();
      else if (tapped) map.fire("click", tapped);
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
