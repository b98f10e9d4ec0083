/** Rules that paint the ground out of declared styles: surfaces and lines, many features at a stroke.
 *
 * `view` is asked while drawing: `opacity(id)` is 0 when a layer is off, `only(id)` the one class wanted or null. So are
 * the colours: after a change of theme the same rules paint the night. */

import { shifted } from "./geometry.js";
import { hatch, tone } from "./palette.js";
import { atZoom, firstZoom, inOrder, looks } from "./style.js";

const UNDERGROUND = 0.45;
const SHORE_ZOOM = 16;
const HATCH_ZOOM = 14;
const HATCHED = [[16, 0.3], [18, 0.22]]; // how strong its lines are: close by, one surface fills the window
const POLYGON = 3;
const TOGETHER = 60; // surfaces filled at a stroke; one path of a whole city is slower than its parts

/** Whether a class of a layer is drawn at a zoom; what the reader asked for does not wait for its own. */
export function shows(view, layer, row, zoom) {
  const only = view.only(layer.id);
  return view.opacity(layer.id) > 0 && (only === null ? zoom >= row.min_zoom : only === row.index);
}

/** Surfaces and lines from the ground up; within a layer every casing lies below every line, every shadow below all. A
 * rule is {layer, row, minzoom, isOn(), shown(features, zoom), draw(context, features, zoom)}; without a row it takes all
 * classes, in the tile's order. */
export function paintRules(layers, view) {
  return inOrder(layers).flatMap((layer) => {
    const shown = (row) => (features, zoom) => {
      if (row) return shows(view, layer, row, zoom) ? features : [];
      return features.filter(({ props }) => shows(view, layer, layer.classAt(props), zoom));
    };
    const isOn = () => view.opacity(layer.id) > 0;
    const rule = (draw, row = null) => ({ layer, row, minzoom: firstZoom(layer), isOn, shown: shown(row), draw });
    const { kind, classes } = layer.style;
    if (kind === "point") return [];
    if (kind === "fill") {
      const passes = classes.some(({ paint }) => paint.lift) ? [shadow, shore, fill] : [shore, fill];
      return passes.map((pass) => rule(surfaces(layer, view, pass)));
    }
    const cased = classes.filter((row) => row.paint.casing);
    return [
      ...cased.map((row) => rule(stroke(layer, row, view, true), row)),
      ...classes.map((row) => rule(stroke(layer, row, view, false), row)),
    ];
  });
}

function trace(context, lines) {
  for (const line of lines) {
    context.moveTo(line[0].x, line[0].y);
    for (let i = 1; i < line.length; i++) context.lineTo(line[i].x, line[i].y);
  }
}

function traceAll(context, features) {
  context.beginPath();
  for (const { geom } of features) trace(context, geom);
}

/** Surfaces one after the other, neighbours of one class at a stroke; thin colours add up where they overlap, so these
 * are painted one by one. */
function surfaces(layer, view, pass) {
  return (context, features, zoom) => {
    const opacity = view.opacity(layer.id);
    for (let from = 0, to = 0; from < features.length; from = to) {
      const row = layer.classAt(features[from].props);
      const most = row.paint.opacity === 1 && opacity === 1 ? TOGETHER : 1;
      const weight = weightOf(features[from].props);
      const same = ({ props }) => layer.classAt(props) === row && weightOf(props) === weight;
      while (to < features.length && to - from < most && same(features[to])) to += 1;
      context.globalAlpha = opacity;
      pass(context, { layer, row, features: features.slice(from, to), zoom, opacity, weight });
    }
    context.setLineDash([]);
  };
}

/** How strongly a surface is painted that stands for many: fully where a quarter of a counted square is covered, as a
 * city is; null for one that stands for itself. Some steps, so that neighbours are filled at a stroke. */
function weightOf({ count, share }) {
  if (count === undefined) return null;
  return share === undefined ? 1 : Math.ceil(Math.sqrt(Math.min(1, share / 25)) * 8) / 8;
}

const onlyPolygons = (features) => features.filter(({ geomType }) => geomType === POLYGON);

/** What stands high throws a short shadow to the south-east. */
function shadow(context, { row, features, zoom }) {
  const lift = atZoom(row.paint.lift, zoom);
  if (lift < 0.4) return;
  context.translate(lift, lift);
  traceAll(context, onlyPolygons(features));
  context.fillStyle = tone("#b9ac98", "shade");
  context.fill();
  context.translate(-lift, -lift);
}

function shore(context, group) {
  if (group.row.paint.stroke && isShore(group.row.paint)) edge(context, group, 2);
}

function fill(context, group) {
  const { row: { paint }, zoom, opacity, weight } = group;
  const polygons = onlyPolygons(group.features);
  if (polygons.length) {
    traceAll(context, polygons);
    context.globalAlpha = paint.opacity * opacity * (weight ?? 1);
    context.fillStyle = tone(paint.fill, paint.opacity === 1 ? "ground" : "mark");
    context.fill();
    const lines = zoom >= HATCH_ZOOM && paint.hatch ? hatch(context, paint.hatch, tone(paint.stroke, "mark")) : null;
    if (lines) {
      context.globalAlpha = opacity * atZoom(HATCHED, zoom);
      context.fillStyle = lines;
      context.fill();
    }
    context.globalAlpha = opacity;
  }
  if (paint.stroke && !isShore(paint) && weight === null) edge(context, group, 1);
}

/** The edges of surfaces. One that is thinner than a pixel is one of the screen's own, however fine these are: that is drawn
 * in half the time of a line with sides. */
function edge(context, { layer, row, features, zoom }, times) {
  const { paint } = row;
  context.lineJoin = "round";
  context.strokeStyle = tone(paint.stroke, paint.opacity === 1 ? "ground" : "mark");
  for (const { width, dash, features: same } of alike(layer, row, features, zoom)) {
    if (!width) continue; // a canvas would draw it as wide as the line before
    traceAll(context, same);
    context.setLineDash(dash);
    context.lineWidth = width * times < 1 ? Math.min(width, 1 / window.devicePixelRatio) : width * times;
    context.stroke();
  }
}

/** A full edge around a full colour is a shore: it lies below, so that pieces of one surface show no seam. A hairline
 * tells neighbours apart, and a thin colour would let the edge through: both are drawn on top. */
function isShore({ opacity, width }) {
  return opacity === 1 && atZoom(width, SHORE_ZOOM) >= 1;
}

function stroke(layer, row, view, casing) {
  const { paint } = row;
  return (context, features, zoom) => {
    context.strokeStyle = casing ? tone(paint.casing, "casing") : tone(paint.stroke, paint.casing ? "road" : "mark");
    context.lineJoin = "round";
    for (const { width, dash, offset, both, deep, features: same } of alike(layer, row, features, zoom)) {
      context.globalAlpha = paint.opacity * view.opacity(layer.id) * (deep ? UNDERGROUND : 1);
      context.lineWidth = casing ? width + 2 * Math.min(paint.casing_px, width * 0.45) : width;
      context.lineCap = dash.length || deep ? "butt" : "round";
      context.setLineDash(casing && deep ? [5, 4] : dash);
      context.beginPath();
      for (const by of both ? [offset, -offset] : [offset]) {
        for (const { geom } of same) trace(context, by ? geom.map((line) => shifted(line, by)) : geom);
      }
      context.stroke();
    }
    context.setLineDash([]);
  };
}

/** Features of a class that look the same, together: {width, dash, offset, both, deep, features}. */
function alike(layer, row, features, zoom) {
  const groups = new Map();
  const { width, dash, offset } = layer.style;
  const plain = width || dash || offset ? null : looks(layer, row, {}, zoom);
  for (const feature of features) {
    const look = plain ?? looks(layer, row, feature.props, zoom);
    const deep = feature.props.tunnel === true;
    const key = plain ? deep : `${look.width} ${look.dash} ${look.offset} ${look.both} ${deep}`;
    const group = groups.get(key);
    if (group) group.features.push(feature);
    else groups.set(key, { ...look, deep, features: [feature] });
  }
  return groups.values();
}
