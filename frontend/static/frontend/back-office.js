/** The city under the geometry forms of the admin: the base layers of the map, and its bounds while nothing is drawn. */

import { labelRules, paintRules } from "./draw.js";
import { dressed, inOrder } from "./style.js";
import { addTiles } from "./tiles.js";

const GROUND = new Set(["base", "areas"]);

window.addEventListener("map:init", async ({ detail: { map } }) => {
  const response = await fetch("/api/manifest");
  if (!response.ok) return;
  const manifest = await response.json();
  const layers = inOrder(manifest.layers.filter((layer) => GROUND.has(layer.group)).map(dressed));
  const view = { opacity: () => 1, only: () => null };
  const rules = () => ({ paintRules: paintRules(layers, view), labelRules: labelRules(layers, view) });
  if (manifest.bounds && !document.querySelector("textarea[name=geom]")?.value) {
    const [west, south, east, north] = manifest.bounds;
    map.fitBounds([[south, west], [north, east]], { animate: false });
  }
  addTiles(map, () => layers.map((layer) => layer.id), rules, () => {});
});
