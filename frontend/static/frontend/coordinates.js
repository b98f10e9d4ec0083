/** The coordinates of the pointer, else of the middle of the map, in the datum that the reader chose and never without its
 * name; a press copies those of the middle. */

import { byId } from "./dom.js";
import { copy } from "./share.js";
import { isRoomy } from "./sheet.js";

const DIGITS = 5;
const REST_MS = 300;
const own = (lon, lat) => [lon, lat];

export function wireCoordinates(map) {
  const [shown, datum] = [byId("position"), byId("datum")];
  if (!isRoomy()) byId("theme").closest("div").append(shown, datum); // at a phone's foot they lay over names of places
  let shift = own;
  let at = map.getCenter();
  let due = false;
  const tell = () => {
    due = false;
    const [lon, lat] = shift(at.lng, at.lat);
    shown.textContent = `${lat.toFixed(DIGITS)}, ${lon.toFixed(DIGITS)}`;
  };
  // To set these letters at once has the page laid out before a press is heard; a finger moves where it presses, and has its answer first.
  const later = matchMedia("(hover: none)").matches ? (act) => setTimeout(act, REST_MS) : requestAnimationFrame;
  const follow = (latlng) => {
    at = latlng;
    if (!due) later(tell);
    due = true;
  };
  const middle = () => follow(map.getCenter());
  map.on("mousemove", ({ latlng }) => map.dragging.moving() || follow(latlng));
  map.on("moveend mouseout", middle);
  datum.addEventListener("change", async () => {
    const { gcj02, bd09 } = await import("./onward.js");
    shift = { "GCJ-02": gcj02, "BD-09": bd09 }[datum.value] ?? own;
    tell();
  });
  shown.addEventListener("click", () => (middle(), tell(), copy(`${shown.textContent} ${datum.value}`)));
  middle();
}
