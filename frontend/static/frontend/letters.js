/** Words on the map: along streets letter by letter, at one spot of a surface, or here and there on a river. */

import { lengthOf, lettersAlong, roomiest } from "./geometry.js";
import { drawGlyph } from "./glyphs.js";
import { tone } from "./palette.js";
import { atZoom } from "./style.js";

const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif';
const HALO = 3.5;
const REPEAT = 320; // pixels between two labels of one road
const LONGEST = 40;
const SPOT_GLYPH = 9;
const CJK = /[\u2e80-\u9fff\uf900-\ufaff]/;
const MOST_WIDTHS = 10_000; // of texts in a font
const measured = new Map(); // font → text → pixels
const EQUATOR = 40075016.69; // metres of EPSG:3857 around

export const box = (x, y, halfWidth, halfHeight) => ({
  minX: x - halfWidth, maxX: x + halfWidth, minY: y - halfHeight, maxY: y + halfHeight,
});

/** The canvas font of a label. Large type follows the choice of the reader. */
export function fontOf(label, size) {
  const scale = globalThis.document?.documentElement?.dataset?.type === "large" ? 1.2 : 1;
  return `${label.italic ? "italic " : ""}${label.weight ?? (size >= 13 ? 600 : 500)} ${size * scale}px ${FONT}`;
}

/** Whether the words of a class stand at the one spot that the server found for a whole surface (`:words` in tiles):
 * pieces of a surface in many tiles must not each be named. */
export function hasSpots(layer, row) {
  return layer.style.kind !== "point" && row.label.along !== "line" && !row.label.repeat;
}

/** How wide a text is in a font. Few are ever asked about, and each of them again for every layout. */
export function widthOf(scratch, font, text) {
  if (!measured.has(font)) measured.set(font, new Map());
  const known = measured.get(font);
  if (!known.has(text)) {
    if (known.size >= MOST_WIDTHS) known.clear();
    scratch.font = font;
    known.set(text, scratch.measureText(text).width);
  }
  return known.get(text);
}

/** The words of a class of surfaces or lines. Where they would stand is found once a feature and font: others do not change it. */
export function words(layer, row, view) {
  const { label } = row;
  const atSpot = hasSpots(layer, row);
  const found = new WeakMap(); // feature → {zoom, font, labels}
  return {
    place({ zoom, scratch }, geometry, feature) {
      const size = atZoom(label.size, zoom);
      const font = fontOf(label, size);
      const known = found.get(feature);
      if (known?.zoom === zoom && known.font === font) return known.labels;
      const labels = placed({ layer, row, view, label, size, font, scratch, zoom }, geometry, feature);
      found.set(feature, { zoom, font, labels });
      return labels;
    },
  };

  function placed(at, geometry, feature) {
    const glyph = atSpot ? row.paint.glyph : "";
    // A sign comes one zoom before its words.
    const text = glyph && at.zoom <= label.min_zoom ? "" : String(feature.props[label.field] ?? "").trim();
    if ((!text && !glyph) || text.length > LONGEST) return undefined;
    const place = { ...at, text, glyph };
    if (label.along === "line") return alongLine(place, geometry);
    return atSpot ? onSurface(place, geometry, feature) : onPiece(place, geometry);
  }
}

/** Write letters {text, x, y, angle} around the origin: all halos first, so that none eats into its neighbour. */
export function write(context, { label, font, view, layer }, letters) {
  context.globalAlpha = view.opacity(layer.id);
  context.font = font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = HALO;
  context.strokeStyle = tone(label.halo, "halo");
  context.fillStyle = tone(label.color, "word");
  for (const paint of ["strokeText", "fillText"]) {
    for (const { text, x, y, angle } of letters) {
      if (angle) turned(context, paint, text, { x, y, angle });
      else context[paint](text, x, y);
    }
  }
}

function turned(context, paint, text, { x, y, angle }) {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  context[paint](text, 0, 0);
  context.restore();
}

/** The rows of a text in the middle of a place, with the room they take. */
function block({ text, size, font, scratch }, under = 0) {
  const rows = text ? broken(text) : [];
  const below = under && under + (rows.length * size * 1.2) / 2;
  const letters = rows.map((row, i) => ({ text: row, x: 0, y: below + (i - (rows.length - 1) / 2) * size * 1.2 }));
  const width = Math.max(0, ...rows.map((row) => widthOf(scratch, font, row)));
  return { letters, width, below, halfWidth: width / 2 + 2, halfHeight: (rows.length * size * 1.2) / 2 + 1 };
}

function onSurface(place, geometry, feature) {
  const { layer, row, text, zoom, glyph, view } = place;
  const anchor = geometry[0][0];
  const lines = block(place, glyph ? SPOT_GLYPH + 3 : 0);
  const room = ((feature.props.room ?? 0) * 256 * 2 ** zoom) / EQUATOR;
  // A name much wider than what it names would point at the neighbours.
  if (!glyph && room * 2 + 12 < lines.width) return undefined;
  return [{
    anchor,
    text,
    bboxes: [
      box(anchor.x, anchor.y + lines.below, lines.halfWidth, lines.halfHeight),
      ...(glyph ? [box(anchor.x, anchor.y, SPOT_GLYPH, SPOT_GLYPH)] : []),
    ],
    deduplicationKey: `${layer.id}:${feature.id}:words`,
    deduplicationDistance: 4000,
    draw(context) {
      if (glyph) drawSign(context, glyph, row.paint.stroke, view.opacity(layer.id));
      write(context, place, lines.letters);
    },
  }];
}

function drawSign(context, glyph, color, opacity) {
  context.globalAlpha = opacity;
  context.fillStyle = "#ffffff";
  context.beginPath();
  context.arc(0, 0, SPOT_GLYPH + 1.5, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = tone(color, "point");
  context.beginPath();
  context.arc(0, 0, SPOT_GLYPH, 0, 2 * Math.PI);
  context.fill();
  drawGlyph(context, glyph, SPOT_GLYPH * 1.5, "#ffffff");
}

/** On what is long, such as a river, a name may stand in every piece, so far apart as the style says. */
function onPiece(place, geometry) {
  const { layer, label, text } = place;
  const Point = geometry[0][0].constructor; // the labeler measures from anchors, so they must be of its own kind
  const spot = roomiest(geometry);
  const { letters, width, halfWidth, halfHeight } = block(place);
  // A pond is as wide as its name; what goes on, as a river does, may be narrower.
  if (!spot || Math.max(spot.width * 1.2, Math.min(spot.width * 2.6 + 12, spot.height / 3)) < width) return undefined;
  return [{
    anchor: new Point(spot.x, spot.y),
    text,
    bboxes: [box(spot.x, spot.y, halfWidth, halfHeight)],
    deduplicationKey: `${layer.id}:${text}`,
    deduplicationDistance: label.repeat,
    draw: (context) => write(context, place, letters),
  }];
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
  const { text, size, font, scratch, layer, label } = place;
  const apart = label.repeat || REPEAT;
  const characters = [...text];
  const widths = characters.map((character) => widthOf(scratch, font, character));
  const total = widths.reduce((sum, width) => sum + width, 0);
  const labels = [];
  for (const line of geometry) {
    const room = lengthOf(line);
    if (room < total + size) continue;
    const count = Math.max(1, Math.floor(room / apart));
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
      text: characters.join(""),
      bboxes: letters.map(({ x, y }) => box(x, y, high * 0.65, high * 0.65)),
      deduplicationKey: key,
      deduplicationDistance: apart * 0.75,
      draw: (context) => write(context, at, moved),
    };
  }
}
