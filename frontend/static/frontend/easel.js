/** Where a tile is painted before it is shown: a canvas that was drawn on is copied for every frame by a browser without a
 * GPU, whether anything changed or not; a picture that hangs in one is taken as it is. */

/** A canvas beside the page, `size` pixels of the screen wide. */
export const easel = (size) => Object.assign(document.createElement("canvas"), { width: size, height: size });

/** Have an element of the page show what is painted; whether it does, and was not wanted for something else meanwhile. */
export async function hang(canvas, element, stale) {
  const picture = await createImageBitmap(canvas);
  if (stale()) return (picture.close(), false);
  if (element.width !== canvas.width) element.width = element.height = canvas.width;
  element.getContext("bitmaprenderer").transferFromImageBitmap(picture);
  return true;
}
