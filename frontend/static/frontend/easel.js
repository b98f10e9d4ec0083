/** Where a tile is painted before it is shown: a canvas that was drawn on is copied for every frame by a browser without a
 * GPU, whether anything changed or not; a picture that hangs in one is taken as it is. */

import { SIDE } from "./brush.js";

const spare = new Map(); // "width height" → empty canvases: with new ones for every picture a switch waited for garbage to be collected

/** A canvas beside the page for a box of a tile, at `ratio` of its pixels; what `before` holds is on it. */
export function easel(box, ratio, before = null) {
  const [left, top, right, bottom] = [box.minX, box.minY, box.maxX, box.maxY].map((edge) => Math.round(edge * ratio));
  const canvas = taken(Math.max(0, right - left), Math.max(0, bottom - top));
  if (before && !isEmpty(before)) canvas.getContext("2d").drawImage(before.canvas, before.left - left, before.top - top);
  return { canvas, box, ratio, left, top };
}

/** Have an element of the page show what is painted, and nothing around it; what hangs comes back, to begin the next with. */
export function hang(sheet, element) {
  const { canvas } = sheet;
  element.width = isEmpty(sheet) ? 0 : canvas.width;
  if (!isEmpty(sheet)) {
    element.height = canvas.height;
    Object.assign(element.style, { boxSizing: "border-box", padding: margins(sheet) });
    element.getContext("bitmaprenderer").transferFromImageBitmap(canvas.transferToImageBitmap());
    spare.get(sizeOf(canvas))?.push(canvas) ?? spare.set(sizeOf(canvas), [canvas]);
  }
  return { ...sheet, canvas: element };
}

const taken = (width, height) => spare.get(sizeOf({ width, height }))?.pop() ?? new OffscreenCanvas(width, height);
const sizeOf = ({ width, height }) => `${width} ${height}`;
const isEmpty = ({ canvas }) => !canvas.width || !canvas.height;

/** What lies around a picture that is smaller than its tile, in whole pixels of the screen. */
function margins({ canvas, ratio, left, top }) {
  const side = Math.round(SIDE * ratio);
  const edges = [top, side - left - canvas.width, side - top - canvas.height, left];
  return edges.map((edge) => `${edge / ratio}px`).join(" ");
}
