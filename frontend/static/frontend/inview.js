/** What the map shows now: whether anything is drawn, and why not. */

import { byId, say } from "./dom.js";
import { shows } from "./draw.js";
import { firstZoom } from "./style.js";

/** The features drawn in view, each {layer, row, feature, key}; `view` is as for drawing. */
export function* drawn(map, tiles, known, view) {
  for (const [id, feature, key] of tiles.inView()) {
    const layer = known.get(id);
    const row = layer?.classAt(feature.props);
    if (row && shows(view, layer, row, map.getZoom())) yield { layer, row, feature, key };
  }
}

/** Show or hide the sentence over an empty map: all off, too far out, or nothing there. */
export function tellEmpty(map, layers, view, seen) {
  const on = layers.filter((layer) => view.opacity(layer.id));
  const box = map.getBounds();
  const deeper = on.some(({ bounds, style, ...layer }) => bounds
    && map.getZoom() < Math.max(firstZoom(layer), Math.min(...style.classes.map((row) => row.min_zoom)))
    && box.intersects([[bounds[1], bounds[0]], [bounds[3], bounds[2]]]));
  const why = !on.length ? "all_off" : deeper ? "zoom_to_see" : "nothing_here";
  byId("empty").querySelector("p").textContent = say(why);
  byId("empty").querySelector("button").textContent = say(on.length ? "go_data" : "open_layers");
  byId("empty").hidden = seen || Boolean(document.body.dataset.bar);
}
