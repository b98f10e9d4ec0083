/** Where a tile is painted before it is shown: a canvas that was drawn on is copied for every frame by a browser without a
 * GPU, whether anything changed or not; a picture that hangs in one is taken as it is. */

import { SIDE } from "./brush.js";

/** A canvas beside the page for a box of a tile, at `ratio` of its pixels for one of the tile's; what `before` holds is on it. */
export function easel(box, ratio, before = null) {
  const [left, top, right, bottom] = [box.minX, box.minY, box.maxX, box.maxY].map((edge) => Math.round(edge * ratio));
  const size = { width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
  const canvas = Object.assign(document.createElement("canvas"), size);
  if (before && !isEmpty(before)) canvas.getContext("2d").drawImage(before.canvas, before.left - left, before.top - top);
  return { canvas, box, ratio, left, top };
}

/** Have an element of the page show what is painted, and nothing around it; whether it does, and was not wanted for something
 * else meanwhile. */
export async function hang(sheet, element, stale) {
  const picture = isEmpty(sheet) ? null : await createImageBitmap(sheet.canvas);
  if (stale()) return (picture?.close(), false);
  element.width = picture?.width ?? 0;
  if (!picture) return true;
  element.height = picture.height;
  Object.assign(element.style, { boxSizing: "border-box", padding: margins(sheet) });
  element.getContext("bitmaprenderer").transferFromImageBitmap(picture);
  return true;
}

const isEmpty = ({ canvas }) => !canvas.width || !canvas.height;

/** What lies around a picture that is smaller than its tile, in whole pixels of the screen. */
function margins({ canvas, ratio, left, top }) {
  const side = Math.round(SIDE * ratio);
  const edges = [top, side - left - canvas.width, side - top - canvas.height, left];
  return edges.map((edge) => `${edge / ratio}px`).join(" ");
}
