/** Hatches for surfaces, the second cue beside colour: drawn here once a colour, laid without a seam from tile to tile. */

const SIDE = 16; // pixels; it divides the side of every tile, so no seam shows
const SHARP = 2;
const LINES = {
  diagonal: [[-1, 9, 9, -1], [7, 17, 17, 7]],
  back: [[-1, 7, 9, 17], [7, -1, 17, 9]],
  cross: [[-1, 17, 17, -1], [-1, -1, 17, 17]],
  bars: [[4, -1, 4, 17], [12, -1, 12, 17]],
  rungs: [[-1, 4, 17, 4], [-1, 12, 17, 12]],
};
const made = new Map();

/** A fill style of thin lines in a colour; null when there is no such hatch. */
export function hatch(context, name, color) {
  if (!(name in LINES)) return null;
  const key = `${name}${color}`;
  if (!made.has(key)) made.set(key, drawing(LINES[name], color));
  const pattern = context.createPattern(made.get(key), "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / SHARP));
  return pattern;
}

function drawing(lines, color) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE * SHARP;
  const context = canvas.getContext("2d");
  context.scale(SHARP, SHARP);
  context.strokeStyle = color;
  context.lineWidth = 1.1;
  for (const [x, y, toX, toY] of lines) {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(toX, toY);
    context.stroke();
  }
  return canvas;
}
