/** The one place that is chosen: by tap, by search, from a list, by the address; and the sheet that tells of it. */

import { cardOf, fetchEarly } from "./ahead.js";
import { nameOf, showCard, showFailure, showNoPlace, showOutline } from "./card.js";
import { byId, say, soon, title } from "./dom.js";
import { shows } from "./draw.js";
import { pick } from "./pick.js";
import { share } from "./share.js";
import { sheet } from "./sheet.js";
import { nothingChosen } from "./state.js";

const NEAR_ZOOM = 17;
const MORE = 5;
const BUTTONS_MS = 400;
const isDrawing = () => "drawing" in document.body.dataset; // a tap there is a corner
const asSame = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** Wire the card to the map and the state; `go(result, byKey)` chooses what a search found. `teller()` promises who tells
 * of a spot that is no place of its own, `mark(latlng)` shows it; `read(sel, signal)` promises the card of a place (null: there
 * is none), `shown(card)` hears that it is there. */
export function wirePlace(here, { teller = rules, mark = ring, read = fetchCard, shown = () => {} } = {}) {
  const { map, known, view } = here;
  const outline = L.featureGroup().addTo(map);
  let asked = null;
  let others = []; // what else lies under the finger
  let from = null; // where the keyboard came from, and goes back to

  const card = sheet("card", (byKey) => {
    here.leave({ sel: null, here: null });
    const back = from?.isConnected && from.offsetParent ? from : map.getContainer();
    if (byKey || from) back.focus({ preventScroll: true });
    from = null;
  });

  function select(sel, byKey = false) {
    from = byKey ? document.activeElement : null;
    const opened = !here.state.sel && !here.state.here;
    here.change({ sel: { layer: sel.layer, id: sel.id }, here: null }, { push: true, opened });
  }

  const follow = (move) => {
    asked?.abort();
    const { sel, here: spot } = here.state;
    if (!sel && !spot) (outline.clearLayers(), card.hide());
    document.body.toggleAttribute("data-card", Boolean(sel || spot));
    return spot ? showHere() : sel && showPlace(sel, move);
  };

  async function showPlace(sel, move) {
    asked = new AbortController();
    const { signal } = asked;
    if (!card.isOpen) showOutline(known.get(sel.layer), {});
    card.open();
    try {
      const found = await read(sel, signal);
      signal.throwIfAborted();
      if (!found) return showMissing();
      show(found);
      shown(found);
      if (move) aim(found);
      if (from) byId("card-body").querySelector("h2").focus({ preventScroll: true });
      return reveal(found);
    } catch (error) {
      if (error.name !== "AbortError") showFailure(say("card_failed"), () => follow());
      return undefined;
    }
  }

  function showMissing() {
    outline.clearLayers();
    showNoPlace({
      search: () => (card.shut(), byId("search-box").focus()),
      list: () => here.change({ sel: null, find: nothingChosen("list") }, { push: true }),
      signIn: byId("sign-in")?.href,
    });
    if (from) byId("card-body").querySelector("h2").focus({ preventScroll: true });
  }

  function show(found) {
    showCard(found, known.get(found.layer), others, {
      zoom: () => aim(found),
      share: () => share(title(found), new URL(found.share ?? location.href, location.href).href),
      ask: () => here.change({ sel: null, here: { lat: found.lat, lon: found.lon } }, { push: true }),
      region: here.askPlace && !known.get(found.layer)?.guarded && (() => here.askPlace(found)),
      isPoint: /Point/.test(found.geometry.type),
      print: async () => (await import("./print.js")).openPrint(here, title(found)),
      choose: (hit) => {
        others = others.filter((other) => other !== hit);
        select(hit);
      },
      go: (place) => {
        others = [];
        select(place);
      },
    });
    trace(found.geometry);
  }

  function trace(geometry) {
    outline.clearLayers();
    outline.addLayer(L.geoJSON({ type: "Feature", properties: {}, geometry }, {
      interactive: false,
      style: ({ geometry: part }) => ({ className: /LineString/.test(part.type) ? "selected open" : "selected" }),
      pointToLayer: (_, at) => ring(at),
    }));
  }

  /** Have a place fill the map, as far as it can. */
  function aim({ geometry, lat, lon, bounds }) {
    if (geometry.type === "Point") map.setView([lat, lon], 18, { animate: false });
    else here.fit(bounds);
  }

  /** Bring a place into what the sheets leave free of the map. */
  function reveal({ lat, lon }) {
    const at = map.latLngToContainerPoint([lat, lon]);
    const covered = byId("card").getBoundingClientRect();
    const hidden = at.x > covered.left && at.x < covered.right && at.y > covered.top && at.y < covered.bottom;
    return hidden ? map.panInside([lat, lon], { paddingTopLeft: [20, 140], paddingBottomRight: [20, 400] }) : map;
  }

  /** Ask what holds at a spot. */
  function ask({ lat, lon }) {
    others = [];
    const opened = !here.state.sel && !here.state.here;
    here.change({ sel: null, here: { lat, lon } }, { push: true, opened });
  }

  async function showHere() {
    card.open();
    const { lat, lon } = here.state.here;
    outline.clearLayers();
    outline.addLayer(mark([lat, lon]));
    if (!map.getBounds().contains([lat, lon])) map.setView([lat, lon], NEAR_ZOOM, { animate: false });
    reveal({ lat, lon });
    const tell = await teller();
    asked = new AbortController();
    return tell(here, { signal: asked.signal, go: (place) => select(place), again: () => follow() });
  }

  map.on("click", ({ latlng }) => {
    if (isDrawing()) return undefined;
    const tile = here.tiles.tileAt(latlng);
    const hits = tile ? pick(tile.features, here.layers, tile.at, {
      scale: tile.scale, zoom: tile.zoom, shows: (layer, row) => shows(view, layer, row, tile.zoom),
    }) : [];
    if (!hits.length) return card.shut();
    others = furtherHits(hits, known);
    showOutline(known.get(hits[0].layer), hits[0].properties);
    card.open();
    return soon(() => card.isOpen && select(hits[0])); // its name is seen first
  });
  map.on("contextmenu", ({ latlng: { lat, lng: lon } }) => isDrawing() || ask({ lat, lon }));
  map.on("atlas:choose", ({ item, byKey }) => {
    others = [];
    select(item, byKey);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && card.isOpen) (event.preventDefault(), card.shut(true));
  });
  here.listen((state, before) => {
    if (!asSame(state.sel, before.sel) || !asSame(state.here, before.here) || (state.here && state.day !== before.day)) follow();
  });
  const named = here.state.sel || here.state.here ? follow(!here.state.view) : null;

  return {
    /** When the place that the address names is on the screen, or takes longer than a reader waits for his buttons. */
    told: named && Promise.race([named.then(seen, seen), new Promise((resolve) => setTimeout(resolve, BUTTONS_MS))]),
    /** Go to a spot that is no place on record, and ask what holds there. */
    ask(spot) {
      map.setView([spot.lat, spot.lon], Math.max(map.getZoom(), NEAR_ZOOM), { animate: false });
      ask(spot);
    },
    go(result, byKey) {
      others = [];
      const layer = known.get(result.layer);
      if (layer && !view.opacity(layer.id)) here.switch(layer.id, 1);
      if (byKey) byId("search-box").focus();
      select(result, byKey);
      map.setView([result.lat, result.lon], Math.max(map.getZoom(), NEAR_ZOOM));
    },
  };
}

/** The card as the server tells it, null when there is none. */
export async function fetchCard(sel, signal) {
  const response = await fetchEarly(cardOf(sel), signal);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

const rules = () => import("./here.js").then(({ tellHere }) => tellHere);
const seen = () => new Promise(soon);
const ring = (at) => L.circleMarker(at, { radius: 14, className: "selected", interactive: false });

/** The named hits below the first, one of a name and kind: a road is many pieces. */
function furtherHits(hits, known) {
  const named = hits.slice(1).map((hit) => {
    const layer = known.get(hit.layer);
    return { ...hit, title: nameOf(layer, hit.properties), kind: title(layer) };
  });
  const first = new Map(named.filter((hit) => hit.title).reverse().map((hit) => [`${hit.kind} ${hit.title}`, hit]));
  return [...first.values()].reverse().slice(0, MORE);
}
