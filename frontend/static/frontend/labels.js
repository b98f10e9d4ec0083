/** Rules that place points and words on the ground, by protomaps-leaflet's labeler; `view` is as for `draw.js`. */

import { hasSpots, words } from "./letters.js";
import { firstZoom, inOrder, inWordOrder } from "./style.js";
import { soughtPoint, symbol } from "./symbols.js";

/** Points and words, what matters more first: who comes later and finds no room stays away. What the reader asked for
 * comes before everything. */
export function labelRules(layers, view) {
  const points = inOrder(layers).filter((layer) => layer.style.kind === "point").reverse();
  const each = points.flatMap((layer) => layer.style.classes.map((row) => ({ layer, row })));
  const isAsked = ({ layer }) => view.only(layer.id) !== null;
  const asked = each.map((one) => rule(one, soughtPoint(one.layer, one.row, view), () => (isAsked(one) ? drawnFrom(view, one) : Infinity)));
  const placed = each.map((one) => ({
    rank: one.row.label?.rank ?? one.layer.style.rank,
    rule: rule(one, symbol(one.layer, one.row, view), () => (isAsked(one) ? Infinity : drawnFrom(view, one))),
  }));
  const written = inWordOrder(layers).map((one) => {
    const { layer, row, row: { label } } = one;
    const drawn = rule(one, words(layer, row, view), () => Math.max(label.min_zoom, drawnFrom(view, one)));
    const source = hasSpots(layer, row) ? `${layer.id}:words` : layer.id;
    return { rank: label.rank, rule: Object.assign(drawn, { dataLayer: source, maxzoom: label.max_zoom }) };
  });
  return [...asked, ...[...placed, ...written].sort((a, b) => a.rank - b.rank).map((one) => one.rule)];
}

/** The first zoom at which a class is drawn, as `draw.js` has it; what is off never is. */
function drawnFrom(view, { layer, row }) {
  const only = view.only(layer.id);
  if (!view.opacity(layer.id) || (only !== null && only !== row.index)) return Infinity;
  return only === null ? row.min_zoom : 0;
}

/** A rule of the labeler. Whether it holds at all is asked once a tile, by its first zoom, not of every feature. */
function rule({ layer, row }, symbolizer, from) {
  return {
    dataLayer: layer.id,
    get minzoom() {
      return Math.max(firstZoom(layer), from());
    },
    filter: (_, feature) => layer.classAt(feature.props) === row,
    symbolizer,
  };
}
