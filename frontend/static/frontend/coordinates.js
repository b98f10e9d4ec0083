/** The coordinates of the pointer, else of the middle of the map, in the datum that the reader chose and never without its
 * name; a press copies those of the middle. */

import { byId } from "./dom.js";
import { copy } from "./share.js";

const DIGITS = 5;
const own = (lon, lat) => [lon, lat];

export function wireCoordinates(map) {
  const [shown, datum] = [byId("position"), byId("datum")];
  let shift = own;
  let at = map.getCenter();
  const tell = (latlng) => {
    at = latlng;
    const [lon, lat] = shift(at.lng, at.lat);
    shown.textContent = `${lat.toFixed(DIGITS)}, ${lon.toFixed(DIGITS)}`;
  };
  const middle = () => tell(map.getCenter());
  // Not while the map is being moved: to set these letters anew costs an old phone a frame.
  map.on("mousemove", ({ latlng }) => map.dragging.moving() || tell(latlng));
  map.on("moveend mouseout", middle);
  datum.addEventListener("change", async () => {
    const { gcj02, bd09 } = await import("./onward.js");
    shift = { "GCJ-02": gcj02, "BD-09": bd09 }[datum.value] ?? own;
    tell(at);
  });
  shown.addEventListener("click", () => (middle(), copy(`${shown.textContent} ${datum.value}`)));
  middle();
}
