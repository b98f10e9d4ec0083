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
