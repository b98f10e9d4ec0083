/** Points on the map: a ringed disc with a glyph, its name where there is room, and far out one disc with a number for
 * several of a kind that stand close together. */

import { drawGlyph } from "./glyphs.js";
import { box, fontOf, widthOf, write } from "./letters.js";
import { tone } from "./palette.js";
import { atZoom, glyphOf } from "./style.js";

const ELBOW_ROOM = [[14, 1.2], [15, 2.4], [16, 2.3], [17, 1.3], [18, 0.6], [19, 0.5]]; // radii that a point keeps free
const SOUGHT = 8; // a point that the reader asked for is large enough for its glyph at any zoom
const GLYPH_RADIUS = 6; // a smaller disc has no room for a glyph
const CLUSTER_ZOOM = 15;
const CELL = 64; // pixels, a part of every tile: a cluster needs no neighbour's points
const cells = new WeakMap(); // the labeler's index → what stands in each cell; a new layout has a new index

/** Draw a point as on the map, centred at the origin; the legend uses it too. */
export function drawPoint(context, paint, radius, glyph = paint.glyph) {
  const isHollow = paint.fill === "#ffffff"; // its ring and glyph have the colour
  const ring = paint.stroke ? Math.min(atZoom(paint.width, 16), radius * 0.4) : 0;
  if (ring) {
    context.fillStyle = tone(paint.stroke, isHollow ? "mark" : "ring");
    disc(context, radius + ring, radius > 5);
  }
  context.fillStyle = tone(paint.fill, isHollow ? "casing" : "point");
  disc(context, radius, false);
  if (radius >= GLYPH_RADIUS) drawGlyph(context, glyph, radius * 1.65, isHollow ? tone(paint.stroke, "mark") : "#ffffff");
}

function disc(context, radius, raised) {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.shadowColor = "rgb(29 39 51 / 35%)";
  context.shadowBlur = raised ? 3 : 0;
  context.fill();
  context.shadowBlur = 0;
}

/** A class of points as labels; they are drawn over every tile they touch, so none is cut. */
export function symbol(layer, row, view) {
  const found = new WeakMap(); // feature → by zoom and place of the name, so that a label laid out again as it was is the same
  const once = (feature, key, make) => {
    if (!found.has(feature)) found.set(feature, new Map());
    const known = found.get(feature);
    if (!known.has(key)) known.set(key, make());
    return known.get(key);
  };
  return {
    place(at, geometry, feature) {
      const radius = atZoom(row.paint.radius, at.zoom);
      if (at.zoom < CLUSTER_ZOOM && row.paint.glyph) return gathered(at, geometry, feature, { layer, row, view });
      const half = radius * atZoom(ELBOW_ROOM, at.zoom);
      return geometry.flat().map((anchor, nth) => {
        const mark = { layer, row, view, radius, feature, anchor };
        const name = named(at, mark);
        const key = [at.zoom, nth, ...(name ? [name.font, name.letters[0].x, name.letters[0].y] : [])].join();
        return once(feature, key, () => placed(mark, [box(anchor.x, anchor.y, half, half), ...(name ? [name.box] : [])], name));
      });
    },
  };
}

/** The class that the reader asked for: larger, closer together, before everything else. */
export function soughtPoint(layer, row, view) {
  return {
    place(at, geometry, feature) {
      const radius = Math.max(atZoom(row.paint.radius, at.zoom), SOUGHT);
      return geometry.flat().map((anchor) => {
        const mark = { layer, row, view, radius, feature, anchor };
        return placed(mark, [box(anchor.x, anchor.y, radius * 0.5, radius * 0.5)], null);
      });
    },
  };
}

function placed({ layer, row, view, radius, feature, anchor }, bboxes, name) {
  return {
    anchor,
    bboxes,
    text: name?.text,
    deduplicationKey: `${layer.id}:${feature.id}`,
    deduplicationDistance: 24,
    draw(context) {
      context.globalAlpha = view.opacity(layer.id);
      drawPoint(context, row.paint, radius, glyphOf(layer, row, feature.props));
      if (name) write(context, name, name.letters);
    },
  };
}

/** The name of a point at the first side of it that is free: {text, box, letters, …}; null when none is. */
function named({ zoom, index, order, scratch }, { layer, row, view, radius, feature, anchor }) {
  const { label } = row;
  if (!label || zoom < label.min_zoom || zoom > label.max_zoom) return null;
  const text = String(feature.props[label.field] ?? "").trim();
  if (!text || text.length > 24) return null;
  const font = fontOf(label, atZoom(label.size, zoom));
  const half = { x: widthOf(scratch, font, text) / 2 + 1, y: atZoom(label.size, zoom) * 0.65 };
  const away = radius + 4;
  const sides = [[away + half.x, 0], [0, away + half.y], [-away - half.x, 0]];
  for (const [x, y] of sides) {
    const taken = box(anchor.x + x, anchor.y + y, half.x, half.y);
    if (!index.bboxCollides(taken, order)) return { text, box: taken, letters: [{ text, x, y }], label, font, view, layer };
  }
  return null;
}

/** The first of a cell stands for all that follow and tells how many they are. */
function gathered({ zoom, index }, geometry, feature, { layer, row, view }) {
  const anchor = geometry[0][0];
  const key = [layer.id, row.index, zoom, Math.floor(anchor.x / CELL), Math.floor(anchor.y / CELL)].join();
  if (!cells.has(index)) cells.set(index, new Map());
  const known = cells.get(index).get(key);
  // The same feature again: its tile was forgotten and is laid out anew.
  if (known && known.first !== feature.id) {
    known.number += 1;
    return undefined;
  }
  const cell = { first: feature.id, number: 1 };
  cells.get(index).set(key, cell);
  const radius = GLYPH_RADIUS;
  return [{
    anchor,
    bboxes: [box(anchor.x, anchor.y, radius + 2, radius + 2)],
    deduplicationKey: `${layer.id}:${feature.id}`,
    deduplicationDistance: 24,
    draw(context) {
      context.globalAlpha = view.opacity(layer.id);
      if (cell.number === 1) drawPoint(context, row.paint, radius);
      else drawNumber(context, row.paint, cell.number);
    },
  }];
}

function drawNumber(context, paint, number) {
  drawPoint(context, { ...paint, glyph: "" }, 9);
  context.font = "600 11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = "#ffffff";
  context.fillText(number > 99 ? "99+" : String(number), 0, 0.5);
}
