/** The preview: sampled shapes over the city's own map, refused rows in red. */

import { say } from "../dom.js";
import { paintRules } from "../draw.js";
import { labelRules } from "../labels.js";
import { dressed, inOrder } from "../style.js";
import { addTiles } from "../tiles.js";

const LOOK = { color: "#6d28d9", weight: 2, fillOpacity: 0.2, opacity: 0.9 };
const WRONG = { color: "#b3261e", weight: 3, fillOpacity: 0.35, opacity: 1 };
let manifest = null;

async function layers() {
  manifest ??= fetch("/api/manifest").then((response) => response.json()).catch(() => ({ layers: [] }));
  return inOrder((await manifest).layers.map(dressed));
}

/** A map in `box`; `show(collection)` draws the sample, `wrong(collection)` the refused rows. */
export function chart(box) {
  const map = L.map(box, { zoomControl: true, attributionControl: false, maxZoom: 20, minZoom: 3, preferCanvas: true });
  map.setView([35, 105], 4, { animate: false });
  L.control.scale({ imperial: false }).addTo(map);
  const sample = L.geoJSON(null, style(LOOK)).addTo(map);
  const refused = L.geoJSON(null, { ...style(WRONG), onEachFeature: named }).addTo(map);
  base(map);
  return {
    map,
    show(collection) {
      sample.clearLayers().addData(collection);
      if (collection.bounds) fit(map, collection.bounds);
    },
    wrong(collection) {
      refused.clearLayers().addData(collection);
      refused.bringToFront();
    },
    clear: () => refused.clearLayers(),
    refresh: () => map.invalidateSize(),
  };
}

function style(look) {
  return {
    style: () => look,
    pointToLayer: (_, at) => L.circleMarker(at, { ...look, radius: look === WRONG ? 7 : 5, fillOpacity: 0.8 }),
  };
}

function named(feature, layer) {
  layer.bindTooltip(`${say("row")} ${feature.properties.row}`);
}

function fit(map, [west, south, east, north]) {
  map.fitBounds([[south, west], [north, east]], { padding: [24, 24], maxZoom: 18, animate: false });
}

async function base(map) {
  const known = await layers();
  const on = new Set(known.filter((layer) => layer.shown).map((layer) => layer.id));
  const view = { opacity: (id) => (on.has(id) ? 0.75 : 0), only: () => null };
  const ids = () => [...on];
  const words = async () => labelRules(known, view);
  if (on.size) addTiles(map, { ids, ground: paintRules(known, view), words }, () => {});
}
