/** Everything around the map, put in its place once the map is there: each part is handed the atlas and nothing else. */

import { byId, say, soon } from "./dom.js";
import { findNamedOrPlaced } from "./find.js";
import { wireImages } from "./images.js";
import { drawn, tellEmpty } from "./inview.js";
import { wireHold } from "./hold.js";
import { forget } from "./kept.js";
import { watchChanges } from "./live.js";
import { calm, warn, watchNetwork } from "./notices.js";
import { narrow } from "./narrow.js";
import { creditOf, showLayers } from "./panel.js";
import { wirePlace } from "./place.js";
import { keepPlates } from "./plates.js";
import { wireQuick } from "./quick.js";
import { wireSearch } from "./search.js";
import { copy } from "./share.js";
import { isRoomy, sheet } from "./sheet.js";
import { firstZoom } from "./style.js";
import { wireAsk, wireTools } from "./tools.js";

const NEAR_ZOOM = 17;
const MANY = 10; // layers among which one is looked for
const PAUSE_MS = 200; // who presses a switch sooner has that done first

/** For staff a spot is told as on the field map; it comes, with its words, when it is first asked for. */
const fuller = async () => {
  const [{ tellSpot }, { bringWords }] = await Promise.all([import("./spot.js"), import("./bring.js")]);
  await bringWords("field");
  return tellSpot;
};

export async function furnish(here) {
  wireAsk(here); // a card offers to ask about its place
  const place = wirePlace(here, here.manifest.role === "resident" ? {} : { teller: fuller });
  await place.told;
  wireLayers(here);
  wireImages(here);
  wireQuick(here);
  wireTools(here);
  wireHold(here.map);
  wireSearch({
    near: () => here.map.getCenter(),
    find: findNamedOrPlaced,
    go: ({ lat, lon }) => here.map.setView([lat, lon], NEAR_ZOOM),
    choose: (result, byKey) => (result.layer ? place.go(result, byKey) : place.ask(result)),
  });
  watchTiles(here);
  watchNetwork(() => here.tiles.reload());
  wireCredit(here);
  here.change({});
  wireLinks();
  watchChanges(here, here.manifest.at ?? "");
  if (!here.manifest.signed_in) forget();
}

/** Draw what is switched on, and name its sources. */
export function wireCredit(here) {
  const give = () => (byId("credit").textContent = creditOf(here.layers, here.view.opacity));
  here.listen((state, before) => {
    if (state.on === before.on && state.only === before.only) return;
    here.tiles.refresh();
    give();
  });
  give();
}

/** The panel of layers, and the sheet that holds it. */
export function wireLayers(here) {
  const panel = showLayers(here.manifest, here.layers, { opacityOf: here.view.opacity, change: here.switch, zoomTo: here.fit });
  const update = () => panel.update(here.map.getZoom());
  here.listen((state, before) => state.on !== before.on && update());
  here.map.on("moveend", update);
  update();
  const layers = sheet("layers");
  const plates = keepPlates(here, here.tiles.painter);
  const print = () => isRoomy() && plates.make(); // a phone has no memory to spare for them
  const prepare = () => (here.tiles.settled ? haveAtHand(here).then(print) : here.map.once("atlas:still", prepare));
  byId("layers").addEventListener("pointerenter", () => setTimeout(prepare, PAUSE_MS));
  here.map.once("atlas:still", print);
  here.map.on("atlas:still", () => byId("layers").matches(":hover") && print()); // the next switch is near
  byId("open-layers").addEventListener("click", () => {
    if (layers.isOpen) return layers.shut();
    layers.open("half");
    return soon(() => { // it is seen first: to move the focus lays the page out once more
      if (layers.isOpen) byId("layers").querySelector("h2").focus({ preventScroll: true });
      return haveAtHand(here);
    });
  });
  byId("empty").querySelector("button").addEventListener("click", () => {
    if (!here.ids().length) layers.open();
    else if (here.manifest.bounds) here.home();
  });
  if (isRoomy()) layers.open();
  else here.map.once("atlas:still", () => whenIdle(() => layers.lay()));
  if (here.layers.length >= MANY) narrow(here.layers, here.manifest.groups);
}

/** When nobody waits; a browser that cannot tell is given a moment. */
const whenIdle = (act) => (window.requestIdleCallback ? requestIdleCallback(act) : setTimeout(act, PAUSE_MS));

/** Whoever looks at the switches presses one: what is off and could be drawn here is asked for while he reads. What is guarded
 * is not: who has it drawn is kept, and he has not asked for it. */
async function haveAtHand({ map, layers, tiles, view }) {
  if (navigator.connection?.saveData || !navigator.onLine) return;
  const off = layers.filter((layer) => layer.count && !layer.guarded && !view.opacity(layer.id) && firstZoom(layer) <= map.getZoom());
  if (off.length) await tiles.ready(off.map(({ id }) => id));
}

/** Say what is missing: some tiles, or everything. */
export function watchTiles(here) {
  const { map, layers, known, view } = here;
  const seen = () => here.state.find || !drawn(map, here.tiles, known, view).next().done; // a list has words of its own
  const look = () => tellEmpty(map, layers, view, seen());
  map.on("atlas:still", look);
  const tell = ({ lost }) => {
    if (lost) warn("tiles", say("tiles_failed"), () => here.tiles.reload());
    else calm("tiles");
  };
  map.on("atlas:tiles", tell);
  tell(here.tiles); // what was lost before this page was there to tell
  if (here.tiles.settled) look();
}

/** Links that are worth copying have a button for it. */
function wireLinks() {
  byId("copy-link").addEventListener("click", () => copy(location.href));
}
