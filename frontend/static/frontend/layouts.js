/** Where the words of the map stand, kept for each choice of words while the map stands still: who switches back finds them
 * laid out.
 *
 * protomaps-leaflet lays out once what is added, for 16 tiles; a wide screen shows more, and those would lose their words. */

const MOST_TILES = 128;

/** Give the canvas `layer` of a map layouts that are kept; `worded()` says in a word which words are wanted. Whoever clears
 * the layer's layout has all of them forgotten. */
export function keepLayouts(layer, map, worded) {
  const kept = new Map(); // which words → the library's layouts of them
  let now = worded();

  const begin = () => {
    const { constructor: Labelers } = layer.labelers;
    layer.labelers = new Labelers(layer.scratch, layer.labelRules, MOST_TILES, layer.onTilesInvalidated);
  };
  layer.clearLayout = () => (kept.clear(), begin());
  layer.clearLayout();
  map.on("movestart", () => kept.clear());
  map.on("zoomend", () => (now = worded())); // another zoom is laid out by what is wanted there

  return {
    /** Have what is wanted now laid out, or go on with what is. */
    choose() {
      const wanted = worded();
      if (wanted !== now) {
        kept.set(now, layer.labelers);
        now = wanted;
        if (kept.has(wanted)) layer.labelers = kept.get(wanted);
        else begin();
      }
      const { labelers } = layer.labelers;
      for (const zoom of labelers.keys()) if (zoom !== map.getZoom()) labelers.delete(zoom);
    },
    /** Forget the words of a tile, whose data are others now. */
    prune(key) {
      kept.clear();
      for (const { index } of layer.labelers.labelers.values()) index.pruneKey(key);
    },
  };
}
