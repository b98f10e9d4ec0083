/** A layer's declared style made whole: the defaults of layers/style.py filled in, classes found by value. Pure. */

export const PAINT = {
  fill: "", stroke: "", width: 1, dash: [], casing: "", casing_px: 1.5, opacity: 1, radius: 6, glyph: "",
};
export const LABEL = { size: 12, along: "point", italic: false, min_zoom: 15, halo: "#ffffff" };

/** Pixels at a zoom: a number, or [[zoom, pixels], …] joined by straight lines and held at both ends. */
export function atZoom(stops, zoom) {
  if (!Array.isArray(stops)) return stops;
  let [below, size] = stops[0];
  if (zoom <= below) return size;
  for (const [above, larger] of stops.slice(1)) {
    if (zoom <= above) return size + ((larger - size) * (zoom - below)) / (above - below);
    [below, size] = [above, larger];
  }
  return size;
}

/** The layer of the manifest with every default in place, and `classAt(properties)`. */
export function dressed(layer) {
  const classes = layer.style.classes.map((row, index) => ({
    min_zoom: 0, ...row, index, paint: { ...PAINT, ...row.paint },
  }));
  const style = { by: "", order: 0, ...layer.style, classes };
  if (style.label) style.label = { ...LABEL, ...style.label };
  return { ...layer, style, classAt: classifier(style) };
}

function classifier({ by, classes }) {
  if (!by) return () => classes[0];
  const known = new Map(classes.flatMap((row) => row.values.map((value) => [String(value), row])));
  const rest = classes.find((row) => row.values.length === 0) ?? null;
  return (properties) => known.get(String(properties[by])) ?? rest;
}

/** The value of a second cue for a feature; `fallback` when the style has no such cue. */
export function cue(channel, properties, fallback) {
  if (!channel) return fallback;
  return channel.values[String(properties[channel.field])] ?? channel.otherwise ?? fallback;
}

/** The layers as drawn, lowest first. */
export function inOrder(layers) {
  return [...layers].sort((a, b) => a.style.order - b.style.order);
}

/** The layers that have words, the largest words first: what is written larger matters more. */
export function inWordOrder(layers) {
  const weight = ({ style: { label, order } }) => atZoom(label.size, 16) * 1000 + (label.along === "line" ? 500 : 0) + order;
  return layers.filter((layer) => layer.style.label).sort((a, b) => weight(b) - weight(a));
}

/** The first zoom of the map at which a layer has tiles: a tile of zoom z covers 512 pixels at map zoom z + 1. */
export function firstZoom(layer) {
  return layer.min_zoom + 1;
}
