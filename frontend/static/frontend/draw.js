/** Canvas rules for protomaps-leaflet out of declared styles: surfaces, lines with casings, then what is placed on them.
 *
 * `view` is asked while drawing: `opacity(id)` is 0 when a layer is off, `only(id)` the one class wanted or null. So are
 * the colours: after a change of theme the same rules paint the night. */

import { shifted } from "./geometry.js";
import { hatch } from "./hatch.js";
import { looks } from "./looks.js";
import { tone } from "./palette.js";
import { atZoom, firstZoom, inOrder, inWordOrder } from "./style.js";
import { soughtPoint, symbol } from "./symbols.js";
import { hasSpots, words } from "./letters.js";

export { drawPoint } from "./symbols.js";

const UNDERGROUND = 0.45;
const SHORE_ZOOM = 16;
const HATCH_ZOOM = 14;
const POLYGON = 3;

/** Whether a class of a layer is drawn at a zoom; what the reader asked for does not wait for its own. */
export function shows(view, layer, row, zoom) {
  const only = view.only(layer.id);
  return view.opacity(layer.id) > 0 && (only === null ? zoom >= row.min_zoom : only === row.index);
}

/** Surfaces and lines from the ground up; within a layer every casing lies below every line, every shadow below all. */
export function paintRules(layers, view) {
  return inOrder(layers).flatMap((layer) => {
    const { kind, classes } = layer.style;
    if (kind === "point") return [];
    if (kind === "fill") {
      const passes = classes.some(({ paint }) => paint.lift) ? ["shadow", "shore", "fill"] : ["shore", "fill"];
      return passes.map((pass) => rule(layer, null, view, surface(layer, view, pass)));
    }
    const cased = classes.filter((row) => row.paint.casing);
    return [
      ...cased.map((row) => rule(layer, row, view, stroke(layer, row, view, true))),
      ...classes.map((row) => rule(layer, row, view, stroke(layer, row, view, false))),
    ];
  });
}

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
    filter: (zoom, feature) => {
      const row = layer.classAt(feature.props);
      return Boolean(row) && (!wanted || row === wanted) && shows(view, layer, row, zoom);
    },
    symbolizer,
  };
}

function trace(context, lines) {
  context.beginPath();
  for (const line of lines) {
    line.forEach(({ x, y }, i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  }
}

const DRAW = { shadow: shadow, shore: shore, fill: fill };

function surface(layer, view, pass) {
  return {
    draw(context, geometry, zoom, feature) {
      const { paint } = layer.classAt(feature.props);
      context.globalAlpha = view.opacity(layer.id);
      DRAW[pass](context, { layer, paint, geometry, zoom, feature, opacity: view.opacity(layer.id) });
      context.setLineDash([]);
    },
  };
}

/** What stands high throws a short shadow to the south-east. */
function shadow(context, { paint, geometry, zoom, feature }) {
  const lift = atZoom(paint.lift, zoom);
  if (lift < 0.4 || feature.geomType !== POLYGON) return;
  context.translate(lift, lift);
  trace(context, geometry);
  context.fillStyle = tone("#b9ac98", "shade");
  context.fill();
  context.translate(-lift, -lift);
}

function shore(context, { layer, paint, geometry, zoom, feature }) {
  if (paint.stroke && isShore(paint)) edge(context, { layer, paint, geometry, zoom, feature }, 2);
}

function fill(context, { layer, paint, geometry, zoom, feature, opacity }) {
  if (feature.geomType === POLYGON) {
    trace(context, geometry);
    context.globalAlpha = paint.opacity * opacity;
    context.fillStyle = tone(paint.fill, paint.opacity === 1 ? "ground" : "mark");
    context.fill();
    context.globalAlpha = opacity * 0.4;
    const lines = zoom >= HATCH_ZOOM && paint.hatch ? hatch(context, paint.hatch, tone(paint.stroke, "mark")) : null;
    if (lines) {
      context.fillStyle = lines;
      context.fill();
    }
    context.globalAlpha = opacity;
  }
  if (paint.stroke && !isShore(paint)) edge(context, { layer, paint, geometry, zoom, feature }, 1);
}

function edge(context, { layer, paint, geometry, zoom, feature }, times) {
  const { width, dash } = looks(layer, { paint }, feature.props, zoom);
  trace(context, geometry);
  context.setLineDash(dash);
  context.lineJoin = "round";
  context.lineWidth = width * times;
  context.strokeStyle = tone(paint.stroke, paint.opacity === 1 ? "ground" : "mark");
  context.stroke();
}

/** A full edge around a full colour is a shore: it lies below, so that pieces of one surface show no seam. A hairline
 * tells neighbours apart, and a thin colour would let the edge through: both are drawn on top. */
function isShore({ opacity, width }) {
  return opacity === 1 && atZoom(width, SHORE_ZOOM) >= 1;
}

function stroke(layer, row, view, casing) {
  const { paint } = row;
  return {
    draw(context, geometry, zoom, feature) {
      const { width, dash, offset } = looks(layer, row, feature.props, zoom);
      const faint = feature.props.tunnel === true ? UNDERGROUND : 1;
      context.globalAlpha = paint.opacity * view.opacity(layer.id) * faint;
      context.strokeStyle = casing ? tone(paint.casing, "casing") : tone(paint.stroke, paint.casing ? "road" : "mark");
      context.lineWidth = casing ? width + 2 * Math.min(paint.casing_px, width * 0.45) : width;
      context.lineJoin = "round";
      context.lineCap = dash.length || faint < 1 ? "butt" : "round";
      if (casing && faint < 1) context.setLineDash([5, 4]);
      else context.setLineDash(dash);
      trace(context, offset ? geometry.map((line) => shifted(line, offset)) : geometry);
      context.stroke();
      context.setLineDash([]);
    },
  };
}
