/** Canvas rules for protomaps-leaflet out of declared styles: surfaces, lines with casings, points, words.
 *
 * `view` is asked while drawing: `opacity(id)` is 0 when a layer is off, `only(id)` the one class wanted or null. */

import { lengthOf, lettersAlong, roomiest, shifted } from "./geometry.js";
import { drawGlyph } from "./glyphs.js";
import { looks } from "./looks.js";
import { atZoom, firstZoom, inOrder, inWordOrder } from "./style.js";

const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif';
const HALO = 3.5;
const UNDERGROUND = 0.45;
const ELBOW_ROOM = [[15, 1.9], [16, 1.5], [17, 0.9], [18, 0.5]]; // radii a point keeps free: none hides another close up
const SOUGHT = 8; // a point that the reader asked for is large enough for its glyph at any zoom
const REPEAT = 320; // pixels between two labels of one road
const SHORE_ZOOM = 16;
const POLYGON = 3;
const CJK = /[\u2e80-\u9fff\uf900-\ufaff]/;

/** Whether a class of a layer is drawn at a zoom; what the reader asked for does not wait for its own. */
export function shows(view, layer, row, zoom) {
  const only = view.only(layer.id);
  return view.opacity(layer.id) > 0 && (only === null ? zoom >= row.min_zoom : only === row.index);
}

/** Surfaces and lines from the ground up; within a layer every casing lies below every line. */
export function paintRules(layers, view) {
  return inOrder(layers).flatMap((layer) => {
    if (layer.style.kind === "point") return [];
    if (layer.style.kind === "fill") {
      return [rule(layer, null, view, surface(layer, view, false)), rule(layer, null, view, surface(layer, view, true))];
    }
    const { classes } = layer.style;
    const cased = classes.filter((row) => row.paint.casing);
    return [
      ...cased.map((row) => rule(layer, row, view, stroke(layer, row, view, true))),
      ...classes.map((row) => rule(layer, row, view, stroke(layer, row, view, false))),
    ];
  });
}

/** Points first, then words, the more important first: who comes later and finds no room stays away. */
export function labelRules(layers, view) {
  const points = inOrder(layers).filter((layer) => layer.style.kind === "point").reverse();
  return [
    ...points.flatMap((layer) => layer.style.classes.map((row) => rule(layer, row, view, symbol(layer, row, view)))),
    ...inWordOrder(layers).map((layer) => ({
      ...rule(layer, null, view, words(layer, view)),
      minzoom: layer.style.label.min_zoom,
    })),
  ];
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

function surface(layer, view, fill) {
  return {
    draw(context, geometry, zoom, feature) {
      const { paint } = layer.classAt(feature.props);
      const { width, dash } = looks(layer, { paint }, feature.props, zoom);
      trace(context, geometry);
      if (fill) {
        if (feature.geomType === POLYGON) {
          context.globalAlpha = paint.opacity * view.opacity(layer.id);
          context.fillStyle = paint.fill;
          context.fill();
        }
        if (!paint.stroke || isShore(paint)) return;
      } else if (!paint.stroke || !isShore(paint)) return;
      context.globalAlpha = view.opacity(layer.id);
      context.setLineDash(dash);
      context.lineJoin = "round";
      context.lineWidth = fill ? width : width * 2;
      context.strokeStyle = paint.stroke;
      context.stroke();
      context.setLineDash([]);
    },
  };
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
      context.strokeStyle = casing ? paint.casing : paint.stroke;
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

/** Draw a point as on the map, centred at the origin; the legend uses it too. */
export function drawPoint(context, paint, radius) {
  const ring = paint.stroke ? Math.min(atZoom(paint.width, 16), radius * 0.5) : 0;
  if (ring) {
    context.fillStyle = paint.stroke;
    context.beginPath();
    context.arc(0, 0, radius + ring, 0, 2 * Math.PI);
    context.shadowColor = "rgb(29 39 51 / 35%)";
    context.shadowBlur = radius > 5 ? 3 : 0;
    context.fill();
    context.shadowBlur = 0;
  }
  context.fillStyle = paint.fill;
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fill();
  if (radius >= 6.5) drawGlyph(context, paint.glyph, radius * 1.45, "#ffffff");
}

function symbol(layer, row, view) {
  return {
    place({ zoom }, geometry, feature) {
      const sought = view.only(layer.id) === row.index;
      const radius = Math.max(atZoom(row.paint.radius, zoom), sought ? SOUGHT : 0);
      const half = radius * (sought ? 0.5 : atZoom(ELBOW_ROOM, zoom));
      return geometry.flat().map((anchor) => ({
        anchor,
        bboxes: [box(anchor.x, anchor.y, half, half)],
        deduplicationKey: `${layer.id}:${feature.id}`,
        deduplicationDistance: 24,
        draw(context) {
          context.globalAlpha = view.opacity(layer.id);
          drawPoint(context, row.paint, radius);
        },
      }));
    },
  };
}

const box = (x, y, halfWidth, halfHeight) => ({
  minX: x - halfWidth, maxX: x + halfWidth, minY: y - halfHeight, maxY: y + halfHeight,
});

function words(layer, view) {
  const { label } = layer.style;
  return {
    place({ zoom, scratch }, geometry, feature) {
      const text = String(feature.props[label.field] ?? "").trim();
      if (!text || text.length > 40) return undefined;
      const size = atZoom(label.size, zoom);
      const font = `${label.italic ? "italic " : ""}${size >= 13 ? "600 " : "500 "}${size}px ${FONT}`;
      scratch.font = font;
      const place = { layer, view, label, text, size, font, scratch, zoom };
      return label.along === "line" ? alongLine(place, geometry) : atPoint(place, geometry, feature);
    },
  };
}

function write(context, { label, font, view, layer }, letters) {
  context.globalAlpha = view.opacity(layer.id);
  context.font = font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = HALO;
  context.strokeStyle = label.halo;
  context.fillStyle = label.color;
  for (const paint of ["strokeText", "fillText"]) {
    for (const { text, x, y, angle } of letters) {
      context.save();
      context.translate(x, y);
      if (angle) context.rotate(angle);
      context[paint](text, 0, 0);
      context.restore();
    }
  }
}

function atPoint(place, geometry, feature) {
  const { layer, text, size, scratch, zoom } = place;
  const Point = geometry[0][0].constructor; // the labeler measures from anchors, so they must be of its own kind
  const rows = broken(text);
  const halfWidth = Math.max(...rows.map((row) => scratch.measureText(row).width)) / 2 + 2;
  const halfHeight = (rows.length * size * 1.2) / 2 + 1;
  const spot = spotOf(place, geometry, feature);
  if (!spot) return undefined;
  const { style } = layer;
  const row = layer.classAt(feature.props);
  const below = style.kind === "point" ? atZoom(row.paint.radius, zoom) + halfHeight + 3 : 0;
  const letters = rows.map((line, i) => ({ text: line, x: 0, y: below + (i - (rows.length - 1) / 2) * size * 1.2 }));
  return [{
    anchor: new Point(spot.x, spot.y),
    bboxes: [box(spot.x, spot.y + below, halfWidth, halfHeight)],
    deduplicationKey: `${layer.id}:${feature.id}:words`,
    deduplicationDistance: 700,
    draw: (context) => write(context, place, letters),
  }];
}

function spotOf({ layer, scratch, text }, geometry, feature) {
  if (layer.style.kind === "point") return geometry[0][0];
  if (feature.geomType !== POLYGON) return middleOf(geometry);
  const spot = roomiest(geometry);
  // A name much wider than what it names would point at the neighbours.
  return spot && spot.width * 2.6 + 12 > scratch.measureText(text).width / (text.length > 8 ? 2 : 1) ? spot : null;
}

function middleOf(lines) {
  const longest = lines.reduce((a, b) => (lengthOf(b) > lengthOf(a) ? b : a));
  return longest[Math.floor(longest.length / 2)];
}

/** Break a long Chinese name into two lines of about the same length. */
function broken(text) {
  if (text.length <= 8 || !CJK.test(text)) return text.length <= 18 ? [text] : inTwo(text);
  const half = Math.ceil(text.length / 2);
  return [text.slice(0, half), text.slice(half)];
}

function inTwo(text) {
  const gaps = [...text.matchAll(/ /g)].map((match) => match.index);
  if (!gaps.length) return [text];
  const middle = gaps.reduce((a, b) => (Math.abs(b - text.length / 2) < Math.abs(a - text.length / 2) ? b : a));
  return [text.slice(0, middle), text.slice(middle + 1)];
}

function alongLine(place, geometry) {
  const { text, size, scratch, layer } = place;
  const characters = [...text];
  const widths = characters.map((character) => scratch.measureText(character).width);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const labels = [];
  for (const line of geometry) {
    const room = lengthOf(line);
    if (room < total + size) continue;
    const count = Math.max(1, Math.floor(room / REPEAT));
    for (let i = 0; i < count; i++) {
      const letters = firstThatFits(line, widths, (room * (i + 0.5)) / count, total, CJK.test(text));
      if (letters) labels.push(roadLabel(place, characters, letters, size, `${layer.id}:${text}`));
    }
  }
  return labels;

  function firstThatFits(along, sizes, middle, span, upright) {
    for (const step of [0, 0.4, -0.4, 0.8, -0.8]) {
      const letters = lettersAlong(along, sizes, middle + step * span, upright);
      if (letters) return letters;
    }
    return null;
  }

  function roadLabel(at, texts, letters, high, key) {
    const Point = geometry[0][0].constructor;
    const centre = letters[Math.floor(letters.length / 2)];
    const moved = letters.map(({ x, y, angle }, i) => ({ text: texts[i], x: x - centre.x, y: y - centre.y, angle }));
    return {
      anchor: new Point(centre.x, centre.y),
      bboxes: letters.map(({ x, y }) => box(x, y, high * 0.65, high * 0.65)),
      deduplicationKey: key,
      deduplicationDistance: REPEAT * 0.75,
      draw: (context) => write(context, at, moved),
    };
  }
}
