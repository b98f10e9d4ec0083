/** A layer's declared style made whole: the defaults of layers/style.py filled in, classes found by value, the look of one
 * line at one zoom. Pure. */

export const PAINT = {
  fill: "", stroke: "", width: 1, dash: [], casing: "", casing_px: 1.5, opacity: 1, radius: 6, glyph: "",
  hatch: "", lift: 0,
};
export const LABEL = {
  size: 12, along: "point", italic: false, min_zoom: 15, max_zoom: 24, halo: "#ffffff", rank: 50, repeat: 0,
};
const POINT_RANK = 60; // of points without words

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
  const common = layer.style.label ? { ...LABEL, ...layer.style.label } : null;
  const classes = layer.style.classes.map((row, index) => ({
    min_zoom: 0, ...row, index, paint: { ...PAINT, ...row.paint }, label: row.label ? { ...LABEL, ...row.label } : common,
  }));
  const style = { by: "", order: 0, rank: POINT_RANK, ...layer.style, classes };
  if (common) style.label = common;
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

/** The glyph that the map gives a point of a class and kind. */
export const glyphOf = (layer, row, properties) => cue(layer.style.glyph, properties, row.paint.glyph);

/** The layers as drawn, lowest first. */
export function inOrder(layers) {
  return [...layers].sort((a, b) => a.style.order - b.style.order);
}

/** What has words beside lines and on surfaces, as {layer, row}: the more important first, of equals the larger. */
export function inWordOrder(layers) {
  const size = ({ row: { label } }) => atZoom(label.size, 16) + (label.along === "line" ? 0.5 : 0);
  return layers
    .filter((layer) => layer.style.kind !== "point")
    .flatMap((layer) => layer.style.classes.map((row) => ({ layer, row })))
    .filter(({ row }) => row.label)
    .sort((a, b) => a.row.label.rank - b.row.label.rank || size(b) - size(a));
}

/** The first zoom of the map at which a layer has tiles: a tile of zoom z covers 512 pixels at map zoom z + 1. */
export function firstZoom(layer) {
  return layer.min_zoom + 1;
}

// A cue gives its pixels for zoom 17; streets grow with the zoom, and what lies beside their kerb must follow.
const CUE_WIDTH = [[13, 0.35], [14, 0.4], [15, 0.5], [16, 0.7], [17, 1]];
const CUE_OFFSET = [[13, 0.5], [14, 0.75], [15, 1.1], [16, 1.55], [17, 2.2], [18, 3.1], [20, 10.5]];

/** The look of a line at a zoom, out of class paint and cues: {width, dash, offset} in pixels; and whether it lies along `both`
 * kerbs, as a rule of both sides does: between them it would lie on the street's name. */
export function looks(layer, row, properties, zoom) {
  const { style } = layer;
  const cued = cue(style.width, properties, null);
  const dash = cue(style.dash, properties, []);
  const side = cue(style.offset, properties, 0);
  const both = Boolean(style.offset) && !side;
  return {
    width: cued === null ? atZoom(row.paint.width, zoom) : cued * atZoom(row.paint.width, zoom) * atZoom(CUE_WIDTH, zoom),
    dash: dash.length ? dash : row.paint.dash,
    offset: (both ? Math.max(...Object.values(style.offset.values)) : side) * atZoom(CUE_OFFSET, zoom),
    both,
  };
}
