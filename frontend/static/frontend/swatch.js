/** A class as the legend shows it: drawn by the same hand as the map. */

import { picture } from "./dom.js";
import { hatch, tone } from "./palette.js";
import { looks } from "./style.js";
import { drawPoint } from "./symbols.js";
import { onTheme } from "./theme.js";

const WIDTH = 26;
const HEIGHT = 18;
const ZOOM = 17;

/** The swatch of a class of a layer; of one kind in it by the glyph that the map gives it. */
export function swatch(layer, row, glyph = row.paint.glyph) {
  const canvas = picture(WIDTH, HEIGHT, (context) => draw(context, layer, row, glyph));
  canvas.classList.add("swatch");
  return canvas;
}

onTheme(() => document.querySelectorAll("canvas.swatch").forEach((canvas) => canvas.repaint()));

function draw(context, layer, row, glyph) {
  const { paint } = row;
  const { kind } = layer.style;
  context.save();
  if (kind === "point") {
    context.translate(WIDTH / 2, HEIGHT / 2);
    drawPoint(context, paint, glyph ? 7 : 4.5, glyph);
  } else if (kind === "fill") {
    const box = [2, 2, WIDTH - 4, HEIGHT - 4];
    const use = paint.opacity === 1 ? "ground" : "mark";
    context.globalAlpha = paint.opacity;
    context.fillStyle = tone(paint.fill, use);
    context.fillRect(...box);
    context.globalAlpha = paint.hatch ? 0.5 : 1;
    context.fillStyle = paint.hatch ? hatch(context, paint.hatch, tone(paint.stroke, "mark")) : "transparent";
    context.fillRect(...box);
    context.globalAlpha = 1;
    context.strokeStyle = tone(paint.stroke, use) || "rgb(120 130 140 / 30%)";
    context.lineWidth = Math.min(2, paint.stroke ? looks(layer, row, {}, ZOOM).width : 1);
    context.strokeRect(...box);
  } else {
    line(context, layer, row);
  }
  context.restore();
}

function line(context, layer, row) {
  const { width, dash } = looks(layer, row, {}, ZOOM);
  const thick = Math.min(width, 5);
  const { casing, stroke } = row.paint;
  const strokes = casing ? [[tone(casing, "casing"), thick + 2.5]] : [];
  for (const [color, size] of [...strokes, [tone(stroke, casing ? "road" : "mark"), thick]]) {
    context.strokeStyle = color;
    context.lineWidth = size;
    context.setLineDash(size !== thick ? [] : dash);
    context.beginPath();
    context.moveTo(1, HEIGHT / 2);
    context.lineTo(WIDTH - 1, HEIGHT / 2);
    context.stroke();
  }
}
