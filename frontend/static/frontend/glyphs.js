/** The symbols inside points and legend rows, drawn here: SVG path data in a box of 16 by 16, even-odd. */

export const GLYPHS = {
  toilet:
    "M4.4 5.2a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8zM2.8 6H6v4.2h-.5v3.6H3.3v-3.6h-.5zM7.6 2.5h.8v11h-.8zM11.6 5.2a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8zM10.5 6h2.2l1.5 4.8h-1.5v3h-2.2v-3H9z",
  bin: "M4.3 6.2h7.4l-.7 7.3H5zM3.5 4h9v1.3h-9zM6.5 2.4h3v1.1h-3z",
  market: "M4 2.8h8l1.6 3.8v1.2H2.4V6.6zM3.5 8.6h1.3v4.8H3.5zM11.2 8.6h1.3v4.8h-1.3zM5.6 9.8h4.8V11H5.6z",
  bus: "M3.4 2.8h9.2v8.6H3.4zM4.8 4.6v3.2h6.4V4.6zM4.2 12.2h2v1.5h-2zM9.8 12.2h2v1.5h-2z",
  parking: "M4.8 2.8h3.9a3.1 3.1 0 0 1 0 6.2H6.7v4.2H4.8zM6.7 4.5v2.8h1.8a1.4 1.4 0 0 0 0-2.8z",
  health: "M6.5 2.8h3v3.7h3.7v3H9.5v3.7h-3V9.5H2.8v-3h3.7z",
  school: "M8 3l6.4 3.2L8 9.4 1.6 6.2zM4.2 8.6 8 10.5l3.8-1.9v2.6c-1 1.1-2.3 1.7-3.8 1.7s-2.8-.6-3.8-1.7z",
  public: "M8 2.3l5.8 3.3H2.2zM3.4 6.6h2v4.6h-2zM7 6.6h2v4.6H7zM10.6 6.6h2v4.6h-2zM2.6 12.1h10.8v1.5H2.6z",
  star: "M8 2.2l1.8 3.7 4 .5-3 2.8.8 4L8 11.3l-3.6 1.9.8-4-3-2.8 4-.5z",
  shop: "M3.9 5.6h8.2l.6 7.7H3.3zM5.6 5.6a2.4 2.4 0 0 1 4.8 0H9.2a1.2 1.2 0 0 0-2.4 0z",
  part: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zM8 5.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4z",
  metro: "M3 12.5 5.2 3.5h1.6L8 7.6l1.2-4.1h1.6L13 12.5h-1.7l-1.2-5.3-1.3 4.3H7.2L5.9 7.2 4.7 12.5z",
  police: "M8 2.2 13 4v4c0 3-2 5-5 6-3-1-5-3-5-6V4z",
  fire: "M8.3 2c.6 2.5 3.7 3.7 3.7 7.2A4 4 0 0 1 8 13.6a4 4 0 0 1-4-4.2c0-1.8 1-2.7 1.6-4 .8.6 1 1.3 1 2C7.8 6.3 8.5 4.2 8.3 2z",
  tree: "M8 2 12 7h-1.7l2.7 3.6H8.8V14H7.2v-3.4H3L5.7 7H4z",
  bolt: "M9 2 4 9h3.3L6.8 14 12 7H8.6z",
  bicycle:
    "M4.5 7.5a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zm0 1.3a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM11.5 7.5a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zm0 1.3a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM6 3.8h2.4l3.4 6.5-1.1.6-1.3-2.4H6z",
  fork: "M4 2.5h1v3h.7v-3h1v3h.7v-3h1v4L7.3 8v5.5H5.6V8L4 6.5zM10 2.5c1.5.5 2.2 2.5 2.2 5h-.8v6H10z",
  cup: "M3 4h8v1h1.3a1.9 1.9 0 0 1 0 3.9H11v.3A3 3 0 0 1 8 12H6a3 3 0 0 1-3-3zM11 6.2v1.5h1.2a.7.7 0 0 0 0-1.5zM3 13h8v1.2H3z",
  bed: "M2.5 4h1.6v4.2h9.4V13h-1.6v-1.8H4.1V13H2.5zM5.2 5.5h3v2h-3z",
  lamp: "M5 2.5h6.5c1.2 0 1.8.8 1.8 1.8V5H9.5v-.9H6.6v9.7H5z",
  grate: "M3 4h10v8H3zM4.5 5.4v5.2h1.1V5.4zm2.9 0v5.2h1.1V5.4zm2.9 0v5.2h1.2V5.4z",
  hydrant: "M6.5 3.2a1.7 1.7 0 0 1 3 0V5h1v1.3H10V8h1.5v1.8H10V12h1v1.5H5V12h1V9.8H4.5V8H6V6.3h-.5V5h1z",
  bench: "M3 5h10v1.4H3zM3 8h10v1.4H3zM4 9.4h1.3V13H4zM10.7 9.4H12V13h-1.3z",
  plate:
    "M3 3h4v4H3zM4.2 4.2v1.6h1.6V4.2zM9 3h4v4H9zM10.2 4.2v1.6h1.6V4.2zM3 9h4v4H3zM4.2 10.2v1.6h1.6v-1.6zM9 9h1.6v1.6H9zM11.4 11.4H13V13h-1.6zM11.4 9H13v1.6h-1.6zM9 11.4h1.6V13H9z",
  sign: "M3 3.5h8l2.3 2-2.3 2H3zM7.3 8.5h1.4v5.3H7.3z",
  signal:
    "M5.5 2h5v12h-5zM8 3.2a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4zm0 3.6a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4zm0 3.6a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4z",
  camera: "M2.5 5h8v6h-8zM11 7.5l3-2v5l-3-2z",
  board: "M2.5 3.5h11v7h-11zM4 5v1.2h8V5zm0 2.5v1.2h5V7.5zM7.3 10.5h1.4v3.3H7.3z",
  rail: "M2.5 5.5h11v1.4h-11zM2.5 9h11v1.4h-11zM4 4h1.4v1.5H4zM4 10.4h1.4V13H4zM10.6 4H12v1.5h-1.4zM10.6 10.4H12V13h-1.4z",
  gate: "M3 13V3h10v10h-1.6V4.6H4.6V13zM7.4 6h1.2v7H7.4z",
  box: "M3.5 2.5h9v11h-9zM8.8 4 5.5 8.6h2l-.4 3.4 3.4-4.7h-2z",
  drop: "M8 2.3c2 2.8 3.7 4.7 3.7 7A3.7 3.7 0 0 1 8 13.2a3.7 3.7 0 0 1-3.7-3.9c0-2.3 1.7-4.2 3.7-7z",
  cone: "M7 2.5h2l3 9.5H4zM2.5 12h11v1.7h-11zM6.3 6l-.4 1.4h4.2L9.7 6z",
  "no-entry": "M3 6.4h10v3.2H3z",
  block: "M3 6.6h10v2.8H3z",
  warning: "M7 2.6h2v6.8H7zM7 11h2v2.2H7z",
};

const paths = new Map();

/** Draw a glyph centred at the origin, `size` pixels high; nothing when there is no such glyph. */
export function drawGlyph(context, name, size, color) {
  if (!(name in GLYPHS)) return;
  if (!paths.has(name)) paths.set(name, new Path2D(GLYPHS[name]));
  context.save();
  context.scale(size / 16, size / 16);
  context.translate(-8, -8);
  context.fillStyle = color;
  context.fill(paths.get(name), "evenodd");
  context.restore();
}
