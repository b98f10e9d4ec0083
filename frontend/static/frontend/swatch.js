/** A class as the legend shows it: drawn by the same hand as the map. */

import { picture } from "./dom.js";
import { drawPoint } from "./draw.js";
import { looks } from "./looks.js";

const WIDTH = 26;
const HEIGHT = 18;
const ZOOM = 16;

/** The swatch of a class of a layer. */
export function swatch(layer, row) {
  return picture(WIDTH, HEIGHT, (context) => draw(context, layer, row));
}

function draw(context, layer, row) {
  const { paint } = row;
  const { kind } = layer.style;
  if (kind === "point") {
    context.translate(WIDTH / 2, HEIGHT / 2);
    drawPoint(context, paint, paint.glyph ? 7 : 4.5);
  } else if (kind === "fill") {
    context.globalAlpha = paint.opacity;
    context.fillStyle = paint.fill;
    context.fillRect(2, 2, WIDTH - 4, HEIGHT - 4);
    context.globalAlpha = 1;
    context.strokeStyle = paint.stroke || "rgb(29 39 51 / 14%)";
    context.lineWidth = Math.min(2, paint.stroke ? looks(layer, row, {}, ZOOM).width : 1);
    context.strokeRect(2, 2, WIDTH - 4, HEIGHT - 4);
  } else {
    line(context, layer, row);
  }
}

function line(context, layer, row) {
  const { width, dash } = looks(layer, row, {}, ZOOM);
  const thick = Math.min(width, 5);
  const strokes = row.paint.casing ? [[row.paint.casing, thick + 2.5]] : [];
  for (const [color, size] of [...strokes, [row.paint.stroke, thick]]) {
    context.strokeStyle = color;
    context.lineWidth = size;
    context.setLineDash(color === row.paint.casing ? [] : dash);
    context.beginPath();
    context.moveTo(1, HEIGHT / 2);
    context.lineTo(WIDTH - 1, HEIGHT / 2);
    context.stroke();
  }
}
