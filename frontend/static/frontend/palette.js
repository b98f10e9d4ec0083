/** The colours of the map by day, as declared, and by night, computed from them by what they are used for: grounds turn
 * dark, roads lie lighter on them, marks and words are raised until they can be read. And hatches, the second cue of
 * surfaces beside colour: drawn once a colour, laid without a seam from tile to tile. */

const DARK_HALO = "#10171e";
const DARK_RING = "#dfe7ec";
const SLATE = 4.4; // the hue of dark panels, radians
const LEAF = 2.65; // greens lose their yellow
const nights = new Map();
const isLeafy = (hue) => hue > 1.8 && hue < 2.65;

/** Whether the page is dark now. */
export const dark = () => globalThis.document?.documentElement?.dataset?.theme === "dark";

/** A declared colour as it is painted now. `use`: ground, road, casing, mark, point, word, halo, ring or shade. */
export function tone(color, use) {
  if (!color || !dark()) return color;
  const key = `${use}${color}`;
  if (!nights.has(key)) nights.set(key, night(color, use));
  return nights.get(key);
}

/** The colour for the dark map. */
export function night(color, use) {
  if (use === "halo") return DARK_HALO;
  if (use === "ring") return DARK_RING;
  const [light, chroma, hue] = toLch(color);
  const isField = isLeafy(hue) && light > 0.93; // wide and pale: what lies fallow between is the ground itself
  const [l, c] = {
    ground: isField ? [0.205, chroma * 0.5] : [0.215 + Math.max(0, 0.97 - light) * (chroma < 0.03 ? 1.3 : 1.05), Math.min(chroma * 1.15, 0.05)],
    road: light > 0.85 ? (chroma > 0.015 ? [0.43, 0.03] : [0.37, 0.015]) : [Math.max(light, 0.6), chroma * 0.8],
    casing: [0.16, 0.012],
    shade: [0.13, 0.01],
    mark: light > 0.78 ? [0.46, Math.min(chroma, 0.02)] : [Math.max(light, 0.66), chroma * 0.9],
    point: [Math.min(Math.max(light, 0.48), 0.56), chroma],
    word: [0.88, chroma * 0.7],
  }[use];
  // Warm paper is slate by night; what has a colour of its own keeps it.
  const neutral = (use === "ground" || use === "road" || use === "casing") && chroma < 0.03;
  return neutral ? fromLch(l, 0.014, SLATE) : fromLch(l, c, use === "ground" && isLeafy(hue) ? LEAF : hue);
}

/** #rrggbb as OKLCH: lightness 0–1, chroma, hue in radians. */
export function toLch(color) {
  const [r, g, b] = linear(color);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const x = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const y = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, Math.hypot(x, y), Math.atan2(y, x)];
}

/** OKLCH as #rrggbb, cut to what a screen can show. */
export function fromLch(light, chroma, hue) {
  const [x, y] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (light + 0.3963377774 * x + 0.2158037573 * y) ** 3;
  const m = (light - 0.1055613458 * x - 0.0638541728 * y) ** 3;
  const s = (light - 0.0894841775 * x - 1.291485548 * y) ** 3;
  return `#${[
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map(channel).join("")}`;
}

/** #rrggbb or #rgb as linear light, each 0–1. */
export function linear(color) {
  const long = color.length === 4 ? color.replace(/[0-9a-f]/gi, "$&$&") : color;
  return [1, 3, 5].map((at) => {
    const value = parseInt(long.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

function channel(value) {
  const shown = value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
  return Math.round(Math.min(1, Math.max(0, shown)) * 255).toString(16).padStart(2, "0");
}

const CELL = 16; // pixels; it divides the side of every tile, so no seam shows
const SHARP = 2;
const LINES = {
  diagonal: [[-1, 9, 9, -1], [7, 17, 17, 7]],
  back: [[-1, 7, 9, 17], [7, -1, 17, 9]],
  cross: [[-1, 17, 17, -1], [-1, -1, 17, 17]],
  bars: [[4, -1, 4, 17], [12, -1, 12, 17]],
  rungs: [[-1, 4, 17, 4], [-1, 12, 17, 12]],
};
const hatches = new Map();

/** A fill style of thin lines in a colour; null when there is no such hatch. */
export function hatch(context, name, color) {
  if (!(name in LINES)) return null;
  const key = `${name}${color}`;
  if (!hatches.has(key)) {
    const pattern = context.createPattern(drawing(LINES[name], color), "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / SHARP));
    hatches.set(key, pattern);
  }
  return hatches.get(key);
}

function drawing(lines, color) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = CELL * SHARP;
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
