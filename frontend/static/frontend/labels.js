/** Rules that place points and words on the ground, by protomaps-leaflet's labeler; `view` is as for `draw.js`. */

import { shows } from "./draw.js";
import { hasSpots, words } from "./letters.js";
import { firstZoom, inOrder, inWordOrder } from "./style.js";
import { soughtPoint, symbol } from "./symbols.js";

/** Points and words, what matters more first: who comes later and finds no room stays away. What the reader asked for
 * comes before everything. */
export function labelRules(layers, view) {
  const points = inOrder(layers).filter((layer) => layer.style.kind === "point").reverse();
  const each = points.flatMap((layer) => layer.style.classes.map((row) => ({ layer, row })));
  const asked = each.map(({ layer, row }) => ({
    ...rule(layer, row, view, soughtPoint(layer, row, view)),
    filter: (zoom, feature) => view.only(layer.id) === row.index && layer.classAt(feature.props) === row
      && view.opacity(layer.id) > 0,
  }));
  const placed = each.map(({ layer, row }) => ({
    rank: row.label?.rank ?? layer.style.rank,
    rule: {
      ...rule(layer, row, view, symbol(layer, row, view)),
      filter: (zoom, feature) => view.only(layer.id) === null && layer.classAt(feature.props) === row
        && shows(view, layer, row, zoom),
    },
  }));
  const written = inWordOrder(layers).map(({ layer, row }) => ({
    rank: row.label.rank,
    rule: {
      ...rule(layer, row, view, words(layer, row, view)),
      dataLayer: hasSpots(layer, row) ? `${layer.id}:words` : layer.id,
      minzoom: Math.max(row.label.min_zoom, firstZoom(layer)),
      maxzoom: row.label.max_zoom,
    },
  }));
  return [...asked, ...[...placed, ...written].sort((a, b) => a.rank - b.rank).map((one) => one.rule)];
}

function rule(layer, wanted, view, symbolizer) {
  return {
    dataLayer: layer.id,
    minzoom: firstZoom(layer),
    filter: (zoom, feature) => layer.classAt(feature.props) === wanted && shows(view, layer, wanted, zoom),
    symbolizer,
  };
}
