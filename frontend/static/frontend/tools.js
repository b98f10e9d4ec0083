/** The buttons at the edge of the map: position, zoom, home, print, the scale and the coordinates. */

import { wireCoordinates } from "./coordinates.js";
import { byId } from "./dom.js";
import { wireLocate } from "./locate.js";
import { choose, kept, onTheme } from "./theme.js";

export function wireTools(here) {
  const { map } = here;
  L.control.scale({ position: "bottomright", imperial: false, maxWidth: 110, updateWhenIdle: true }).addTo(map);
  byId("zoom-in").addEventListener("click", () => map.zoomIn());
  byId("zoom-out").addEventListener("click", () => map.zoomOut());
  byId("home").addEventListener("click", () => here.home());
  byId("print").addEventListener("click", async () => (await import("./print.js")).openPrint(here));
  // On a phone these are rows of the sheet of layers: at the edge of the map there is no room for them.
  for (const row of document.querySelectorAll("[data-press]")) row.addEventListener("click", () => byId(row.dataset.press).click());
  wireLocate(here, byId("locate"));
  wireCoordinates(map);
  wireLook(here);
}

/** 圈选: the tool, its key `s`, and the shape that the address asks about; all of it comes when it is first wanted. */
export function wireAsk(here) {
  let asked = null;
  const come = () => (asked ??= import("./ask.js").then(({ wireRegion }) => wireRegion(here)));
  const draw = () => come().then((region) => region.draw());
  byId("ask-shape").addEventListener("click", draw);
  document.addEventListener("keydown", (event) => {
    const busy = event.ctrlKey || event.metaKey || event.altKey || /INPUT|TEXTAREA|SELECT/.test(document.activeElement.tagName);
    if (event.key === "s" && !busy) (event.preventDefault(), draw());
  });
  here.askPlace = (place) => come().then((region) => region.askPlace(place));
  here.listen((state, before) => state.shape !== before.shape && come().then((region) => region.follow()));
  if (here.state.shape) come().then((region) => region.follow());
}

/** Light or dark, and the size of type: `?type=large` in a link chooses it too. */
export function wireLook(here) {
  const choice = byId("theme");
  const show = () => (choice.value = kept().theme ?? "");
  choice.addEventListener("change", () => choose("theme", choice.value));
  onTheme(show);
  show();
  if (new URLSearchParams(location.search).get("type") === "large") choose("type", "large");
  new MutationObserver(() => here.tiles.redraw()).observe(document.documentElement, {
    attributeFilter: ["data-type", "data-theme"],
  });
}
