/** The city under the geometry forms of the admin: the base layers of the map and the neighbours of what is edited, its
 * bounds while nothing is drawn; and nothing moved on the map is lost when the form is saved. */

import { paintRules } from "./draw.js";
import { labelRules } from "./labels.js";
import { dressed, inOrder } from "./style.js";
import { addTiles } from "./tiles.js";

const GROUND = new Set(["base", "areas"]);

// django-leaflet keeps but the outer ring of each part of a multi-polygon: a courtyard would be built over unasked.
const usual = window.L?.FieldStore?.prototype._serialize; // forms without a shape have no Leaflet
window.L?.FieldStore?.include({
  _serialize(layer) {
    if (this.options.collection_type !== "polygon") return usual.call(this, layer);
    const parts = layer.getLayers?.() ?? [layer];
    const coordinates = parts.flatMap((part) => {
      const { type, coordinates: rings } = part.toGeoJSON(this.options.precision).geometry;
      return type === "MultiPolygon" ? rings : [rings];
    });
    return parts.length ? JSON.stringify({ type: "MultiPolygon", coordinates }) : "";
  },
});

window.addEventListener("map:init", ({ detail: { map } }) => {
  map.getContainer().closest("form")?.addEventListener("submit", () => commit(map));
  showCity(map);
});

/** Finish what is being moved or removed, as the toolbar's own button does: django-leaflet then fills the field. */
function commit(map) {
  for (const field of document.querySelectorAll("textarea.django-leaflet-raw-textarea")) {
    const { edit } = map[`drawControl${field.id}`]?._toolbars ?? {};
    if (edit?.enabled()) edit._save();
  }
}

async function showCity(map) {
  const response = await fetch("/api/manifest");
  if (!response.ok) return;
  const manifest = await response.json();
  const layers = inOrder(manifest.layers.filter(belongs).map(dressed));
  const view = { opacity: () => 1, only: () => null };
  if (manifest.bounds && !document.querySelector("textarea[name=geom]")?.value) {
    const [west, south, east, north] = manifest.bounds;
    map.fitBounds([[south, west], [north, east]], { animate: false });
  }
  const words = async () => labelRules(layers, view);
  addTiles(map, { ids: () => layers.map((layer) => layer.id), ground: paintRules(layers, view), words }, () => {});
}

/** The admin names the model of a form in a class of its body. */
function belongs({ group, model }) {
  return GROUND.has(group) || document.body.classList.contains(`model-${model}`);
}
