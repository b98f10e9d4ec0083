/** The page of the map: fetches the manifest, draws, and keeps address bar, switches, card and map in agreement. */

import { nameOf, showCard, showFailure, showOutline } from "./card.js";
import { chipLayer, showChips } from "./chips.js";
import { byId, say, title } from "./dom.js";
import { labelRules, paintRules, shows } from "./draw.js";
import { drawn, nearest, tellEmpty } from "./inview.js";
import { distance, wireLocate } from "./locate.js";
import { calm, mention, warn, watchNetwork } from "./notices.js";
import { creditOf, showLayers } from "./panel.js";
import { pick } from "./pick.js";
import { wireSearch } from "./search.js";
import { isRoomy, sheet } from "./sheet.js";
import { format, parse } from "./state.js";
import { dressed, inOrder } from "./style.js";
import { addTiles } from "./tiles.js";
import { fitted, opening } from "./where.js";

const MEMORY = "chengtu.view";
const QUIET_MS = 120; // no tile asked for, none painted: the map stands still
const NEAR_ZOOM = 17;
const AROUND_ZOOM = 15; // a screen is a walk wide
const MORE = 5;

L.Map.mergeOptions({
  zoomControl: false, attributionControl: false, fadeAnimation: false, minZoom: 3, maxZoom: 20, zoomSnap: 1,
});
window.addEventListener("map:init", (event) => start(event.detail.map));

async function start(map) {
  const manifest = await fetchManifest();
  if (manifest) return run(map, manifest);
  byId("progress").hidden = true;
  document.body.dataset.ready = "failed";
  return warn("server", say("server_failed"), () => location.reload());
}

async function fetchManifest() {
  try {
    const response = await fetch("/api/manifest");
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

function run(map, manifest) {
  const layers = inOrder(manifest.layers.map(dressed));
  const known = new Map(layers.map((layer) => [layer.id, layer]));
  const defaults = new Map(layers.filter((layer) => layer.shown).map((layer) => [layer.id, 1]));
  let state = parse(location.search, location.hash);
  const on = () => state.on ?? defaults;
  const view = {
    opacity: (id) => on().get(id) ?? 0,
    only: (id) => (state.only?.layer === id ? state.only.id : null),
  };

  const city = JSON.parse(byId("city-bounds").textContent);
  const home = () => opening(manifest, { width: map.getSize().x, height: map.getSize().y }, city);
  const first = state.view ?? remembered() ?? home();
  map.setView([first.lat, first.lon], Math.round(first.zoom), { animate: false });

  // ---- drawing
  const ids = () => layers.filter((layer) => view.opacity(layer.id)).map((layer) => layer.id);
  const rules = () => ({ paintRules: paintRules(layers, view), labelRules: labelRules(layers, view) });
  let quiet = 0;
  let standing = null; // where the reader stands, while the nearest place is sought
  const tiles = addTiles(map, ids, rules, onTiles);

  function onTiles({ busy, failed }) {
    byId("progress").hidden = !busy;
    if (failed) warn("tiles", say("tiles_failed"), () => tiles.reload());
    else calm("tiles");
    clearTimeout(quiet);
    if (busy) delete document.body.dataset.ready;
    else quiet = setTimeout(settle, QUIET_MS);
  }

  function settle() {
    if (!tiles.settled) return;
    const seen = !drawn(map, tiles, known, view).next().done;
    tellEmpty(map, layers, view, seen);
    if (seen && !performance.getEntriesByName("map:meaningful").length) performance.mark("map:meaningful");
    document.body.dataset.ready = "";
    if (standing) showNearest();
  }

  /** With one kind chosen, show the way to the nearest of it, once its tiles are here. */
  function seekNearest(here) {
    if (!kinds || view.only(kinds.id) === null) return;
    map.setView(here, Math.max(AROUND_ZOOM, kinds.min_zoom + 1), { animate: false });
    standing = here;
    settle();
  }

  function showNearest() {
    const here = standing;
    standing = null;
    const found = nearest(map, tiles, kinds, view, here);
    if (!found) return;
    map.fitBounds([here, found.at], { padding: [60, 130], maxZoom: NEAR_ZOOM });
    mention(say("nearest", { what: found.what, distance: distance(found.metres) }));
  }

  // ---- address bar
  const here = () => ({ zoom: map.getZoom(), lat: map.getCenter().lat, lon: map.getCenter().lng });
  let leaving = false; // the reader put the card away, and its entry in the history is being left
  function remember(push, opened = false) {
    const address = location.pathname + format({ ...state, view: here() });
    if (push) history.pushState({ opened }, "", address);
    else history.replaceState(history.state, "", address);
    try {
      localStorage.setItem(MEMORY, format({ view: here() }));
    } catch { /* private windows refuse; the page then opens where everybody starts */ }
    byId("other-language").href = location.pathname + format({ ...state, view: here(), lang: byId("other-language").lang });
    if (byId("sign-in")) byId("sign-in").href = `/accounts/login/?next=${encodeURIComponent(address)}`;
  }

  window.addEventListener("popstate", () => {
    if (leaving) {
      leaving = false;
      return remember(false);
    }
    const before = state;
    state = parse(location.search, location.hash);
    if (state.view) map.setView([state.view.lat, state.view.lon], Math.round(state.view.zoom));
    refresh();
    if (JSON.stringify(before.sel) !== JSON.stringify(state.sel)) followSelection();
    return undefined;
  });

  // ---- layers and chips
  const panel = showLayers(manifest, layers, {
    opacityOf: view.opacity,
    change(id, opacity) {
      const next = new Map(on());
      if (opacity) next.set(id, opacity);
      else next.delete(id);
      const switched = Boolean(view.opacity(id)) !== Boolean(opacity);
      state = { ...state, on: next };
      remember(switched);
      refresh();
    },
    zoomTo: fit,
  });
  const kinds = chipLayer(layers);
  const chips = showChips(kinds, (index) => {
    const next = new Map(on());
    if (index !== null && !next.get(kinds.id)) next.set(kinds.id, 1);
    const changed = next.size !== on().size;
    state = { ...state, only: index === null ? null : { layer: kinds.id, id: index }, on: changed ? next : state.on };
    remember(true);
    refresh();
    if (index !== null && map.getZoom() < kinds.min_zoom + 1) map.setZoom(kinds.min_zoom + 2);
  });

  function refresh() {
    tiles.refresh();
    panel.update(map.getZoom());
    chips.update(kinds ? view.only(kinds.id) : null);
    byId("credit").textContent = creditOf(layers, view.opacity);
  }

  function fit(bounds) {
    const spot = fitted(bounds, { width: map.getSize().x * 0.8, height: map.getSize().y * 0.8 });
    map.setView([spot.lat, spot.lon], Math.min(spot.zoom, 18));
  }

  // ---- selection
  const card = sheet("card", (byKey) => {
    asked?.abort();
    state = { ...state, sel: null };
    outline.clearLayers();
    leaving = Boolean(history.state?.opened);
    if (leaving) history.back();
    else remember(false);
    (byKey && sought ? byId("search-box") : map.getContainer()).focus({ preventScroll: true });
  });
  const outline = L.featureGroup().addTo(map);
  let asked = null;
  let others = [];
  let sought = false; // the card came of a search by keyboard, and the keyboard goes on from there

  function select(sel, byKey = false) {
    const opened = !state.sel;
    sought = byKey;
    state = { ...state, sel: { layer: sel.layer, id: sel.id } };
    remember(true, opened);
    followSelection().then(() => byKey && byId("card-body").querySelector("h2")?.focus({ preventScroll: true }));
  }

  async function followSelection(move = false) {
    const { sel } = state;
    asked?.abort();
    if (!sel) return (outline.clearLayers(), card.hide());
    asked = new AbortController();
    try {
      const response = await fetch(`/api/features/${sel.layer}/${sel.id}`, { signal: asked.signal });
      if (response.status === 404) return (card.open(), showFailure(say("no_such_place")));
      if (!response.ok) throw new Error(String(response.status));
      const found = await response.json();
      show(found);
      if (move && !map.getBounds().contains([found.lat, found.lon])) map.setView([found.lat, found.lon], NEAR_ZOOM);
    } catch (error) {
      if (error.name !== "AbortError") (card.open(), showFailure(say("card_failed"), () => followSelection()));
    }
    return undefined;
  }

  function show(found) {
    card.open();
    showCard(found, known.get(found.layer), others, {
      zoom: () => (found.geometry.type === "Point" ? map.setView([found.lat, found.lon], 18) : fit(found.bounds)),
      copy: () => copy(location.href),
      choose: (hit) => {
        others = others.filter((other) => other !== hit);
        select(hit);
      },
      go: (place) => {
        others = [];
        select(place);
      },
    });
    outline.clearLayers();
    outline.addLayer(L.geoJSON({ type: "Feature", properties: {}, geometry: found.geometry }, {
      interactive: false,
      style: ({ geometry }) => ({ className: /LineString/.test(geometry.type) ? "selected open" : "selected" }),
      pointToLayer: (_, at) => L.circleMarker(at, { radius: 14, className: "selected" }),
    }));
  }

  map.on("click", ({ latlng }) => {
    const tile = tiles.tileAt(latlng);
    const hits = tile ? pick(tile.features, layers, tile.at, {
      scale: tile.scale, zoom: tile.zoom, shows: (layer, row) => shows(view, layer, row, tile.zoom),
    }) : [];
    if (!hits.length) return card.shut();
    others = furtherHits(hits, known);
    card.open();
    showOutline(known.get(hits[0].layer), hits[0].properties);
    return select(hits[0]);
  });

  // ---- everything else on the page
  wireSearch({
    near: () => map.getCenter(),
    go: ({ lat, lon }) => map.setView([lat, lon], NEAR_ZOOM),
    choose(result, byKey) {
      others = [];
      const layer = known.get(result.layer);
      if (layer && !view.opacity(layer.id)) state = { ...state, on: new Map(on()).set(layer.id, 1) };
      select(result, byKey);
      map.setView([result.lat, result.lon], Math.max(map.getZoom(), NEAR_ZOOM));
      refresh();
    },
  });
  wireTools(map, () => copy(location.href), seekNearest);
  const layersSheet = sheet("layers");
  byId("open-layers").addEventListener("click", () => (layersSheet.isOpen ? layersSheet.shut() : layersSheet.open("half")));
  if (isRoomy()) layersSheet.open();
  byId("empty").querySelector("button").addEventListener("click", () => {
    if (!ids().length) layersSheet.open();
    else if (manifest.bounds) goHome();
  });
  byId("home").addEventListener("click", goHome);
  watchNetwork(() => tiles.reload());
  map.on("moveend", () => (remember(false), panel.update(map.getZoom())));
  document.addEventListener("keydown", (event) => event.key === "Escape" && card.shut(true));

  function goHome() {
    const { lat, lon, zoom } = home();
    map.setView([lat, lon], zoom);
  }

  refresh();
  remember(false);
  if (state.sel) followSelection(!state.view);
}

/** The named hits below the first, one of a name and kind: a road is many pieces. */
function furtherHits(hits, known) {
  const named = hits.slice(1).map((hit) => {
    const layer = known.get(hit.layer);
    return { ...hit, title: nameOf(layer, hit.properties), kind: title(layer) };
  });
  const first = new Map(named.filter((hit) => hit.title).reverse().map((hit) => [`${hit.kind} ${hit.title}`, hit]));
  return [...first.values()].reverse().slice(0, MORE);
}

function remembered() {
  try {
    return parse("", localStorage.getItem(MEMORY) ?? "").view;
  } catch {
    return null;
  }
}

function wireTools(map, copyLink, located) {
  L.control.scale({ position: "bottomright", imperial: false, maxWidth: 110 }).addTo(map);
  byId("zoom-in").addEventListener("click", () => map.zoomIn());
  byId("zoom-out").addEventListener("click", () => map.zoomOut());
  byId("copy-link").addEventListener("click", copyLink);
  wireLocate(map, byId("locate"), located);
  const shown = byId("position");
  const tell = ({ lat, lng }) => (shown.textContent = `${lat.toFixed(5)}, ${lng.toFixed(5)}`);
  map.on("mousemove", ({ latlng }) => tell(latlng));
  map.on("move", () => tell(map.getCenter()));
  shown.addEventListener("click", () => copy(shown.textContent));
  tell(map.getCenter());
}

/** Copy a text; without the right to, it is shown so that people can do it by hand. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    mention(say("copied"));
  } catch {
    mention(text);
  }
}
