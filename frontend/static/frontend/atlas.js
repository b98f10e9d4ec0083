/** The map, what is shown on it and what the address says of it: one value that every part of the page is handed.
 *
 * Parts change the state by `change`, and hear of every change, their own too, by `listen`: nothing else joins them. */

import { byId } from "./dom.js";
import { format, parse } from "./state.js";
import { dressed, inOrder } from "./style.js";
import { fitted, opening } from "./where.js";

const MEMORY = "chengtu.view";
const HIDDEN = -1; // no class has this number
const LARGE = 1.25;

/** `manifest` is what the server holds for this reader; `bounds` the city's box as the operator named it, or null. */
export function atlas(map, manifest, bounds) {
  const layers = inOrder(manifest.layers.map((layer) => legible(dressed(layer))));
  const defaults = new Map(layers.filter((layer) => layer.shown).map((layer) => [layer.id, 1]));
  const listeners = new Set();
  let state = parse(location.search, location.hash);
  let covered = null; // the layer whose features stand on the map as pins instead
  let lifted = 0; // pixels by which the map was moved up from under a sheet
  let leaving = false; // the reader put something away, and its entry in the history is being left

  const on = () => state.on ?? defaults;
  const view = {
    opacity: (id) => on().get(id) ?? 0,
    only: (id) => (covered === id ? HIDDEN : state.only?.layer === id ? state.only.id : null),
  };
  const size = (share = 1) => ({ width: map.getSize().x * share, height: map.getSize().y * share });
  const middle = () => (lifted ? map.containerPointToLatLng(map.getSize().divideBy(2).subtract([0, lifted])) : map.getCenter());
  const here = () => ({ zoom: map.getZoom(), lat: middle().lat, lon: middle().lng });
  const tell = (before) => listeners.forEach((told) => told(state, before));
  const address = (more = {}) => location.pathname + format({ ...state, view: here(), ...more });

  function write(push, opened = false) {
    if (push) history.pushState({ opened }, "", address());
    else history.replaceState(history.state, "", address());
    const other = byId("other-language");
    other.href = address({ lang: other.lang });
    if (byId("sign-in")) byId("sign-in").href = `/accounts/login/?next=${encodeURIComponent(address())}`;
  }

  window.addEventListener("popstate", () => {
    if (leaving) {
      leaving = false;
      return write(false);
    }
    const before = state;
    state = parse(location.search, location.hash);
    const by = state.find ? lifted : 0; // a list that stays open keeps the map up
    lifted = 0;
    if (state.view) map.setView([state.view.lat, state.view.lon], Math.round(state.view.zoom), state.find ? { animate: false } : {});
    self.lift(by);
    return tell(before);
  });

  const self = {
    map, manifest, layers, view,
    known: new Map(layers.map((layer) => [layer.id, layer])),
    tiles: null, // set by whoever adds them
    me: null, // where the reader stands, once he has said so: {lat, lon, accuracy}
    get state() {
      return state;
    },
    /** The layers drawn, lowest first. */
    ids: () => layers.filter((layer) => view.opacity(layer.id)).map((layer) => layer.id),
    /** Change the state; `push` makes an entry in the history, `opened` marks it as one that closing leaves again. */
    change(patch, { push = false, opened = false } = {}) {
      const before = state;
      state = { ...state, ...patch };
      write(push, opened);
      tell(before);
    },
    /** Change the state by putting something away: back where it was opened, when that is the step before. */
    leave(patch) {
      const before = state;
      state = { ...state, ...patch };
      leaving = Boolean(history.state?.opened);
      if (leaving) history.back();
      else write(false);
      tell(before);
    },
    /** Call `told(state, before)` after every change. */
    listen: (told) => listeners.add(told),
    switch(id, opacity) {
      const next = new Map(on());
      if (opacity) next.set(id, opacity);
      else next.delete(id);
      self.change({ on: next }, { push: Boolean(view.opacity(id)) !== Boolean(opacity) });
    },
    /** Move the map up by so many pixels while a sheet lies over it, or back with 0: address and memory hold the view without it,
     * else the map would wander off, a little with every list. */
    lift(by) {
      const more = by - lifted;
      lifted = by;
      if (more) map.panBy([0, more], { animate: false });
    },
    /** Leave the drawing of a layer to pins; null gives it back. */
    cover(id) {
      if (covered === id) return;
      covered = id;
      self.tiles.refresh();
    },
    home() {
      const { lat, lon, zoom } = opening(manifest, size(), bounds);
      map.setView([lat, lon], zoom);
    },
    fit(box, most = 18) {
      const spot = fitted(box, size(0.8));
      map.setView([spot.lat, spot.lon], Math.min(spot.zoom, most));
    },
    address,
  };
  const first = state.view ?? remembered() ?? opening(manifest, size(), bounds);
  map.setView([first.lat, first.lon], Math.round(first.zoom), { animate: false });
  map.on("moveend", () => {
    write(false);
    try {
      localStorage.setItem(MEMORY, format({ view: here() }));
    } catch { /* private windows refuse; the page then opens where everybody starts */ }
  });
  return self;
}

/** Where the reader looked last, else null. */
export function remembered() {
  try {
    return parse("", localStorage.getItem(MEMORY) ?? "").view;
  } catch {
    return null;
  }
}

/** With large type the words on the map are larger too. */
function legible(layer) {
  const { label } = layer.style;
  if (!label) return layer;
  const plain = label.size;
  const share = () => (document.documentElement.dataset.type === "large" ? LARGE : 1);
  Object.defineProperty(label, "size", {
    get: () => (Array.isArray(plain) ? plain.map(([zoom, pixels]) => [zoom, pixels * share()]) : plain * share()),
  });
  return layer;
}
