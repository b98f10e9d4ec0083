/** Where the reader stands: a dot with its accuracy, or a quiet sentence when the phone does not say.
 *
 * The position stays on this page: it goes into questions for what is near, never into the address or the history. */

import { figure, say } from "./dom.js";
import { mention } from "./notices.js";

const CLOSE = 17;
const ROUGH = 100; // metres; a dot would claim more than is known
const PATIENCE_MS = 10000;
const FAR = 0.3; // degrees outside all data: whoever looks at the city from elsewhere is not asking from there

let marks = null;

/** Ask the phone; resolves to {lat, lon, accuracy}, or null when it does not say. */
export function locate(map) {
  if (!("geolocation" in navigator) || !window.isSecureContext) return Promise.resolve(null);
  return new Promise((resolve) => {
    const found = ({ coords: { latitude: lat, longitude: lon, accuracy } }) => {
      showMe(map, { lat, lon, accuracy });
      resolve({ lat, lon, accuracy });
    };
    navigator.geolocation.getCurrentPosition(found, () => resolve(null), {
      enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 30000,
    });
  });
}

/** Whether a position is of any use in the city that the manifest holds. */
export function isInTown({ lat, lon }, bounds) {
  if (!bounds) return false;
  const [west, south, east, north] = bounds;
  return lon > west - FAR && lon < east + FAR && lat > south - FAR && lat < north + FAR;
}

/** The dot and the circle within which the reader stands. */
export function showMe(map, { lat, lon, accuracy }) {
  marks?.remove();
  marks = L.layerGroup([
    L.circle([lat, lon], { radius: accuracy, className: "accuracy", interactive: false }),
    L.circleMarker([lat, lon], { radius: 8, className: "here", interactive: false }),
  ]).addTo(map);
}

/** Wire the button: it goes to where the reader stands and keeps that as `here.me`. */
export function wireLocate(here, button) {
  const { map } = here;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const me = await locate(map);
    button.disabled = false;
    if (!me) return mention(say("no_position"));
    here.me = me;
    if (me.accuracy > ROUGH) {
      map.fitBounds(L.latLng(me.lat, me.lon).toBounds(2 * me.accuracy), { maxZoom: CLOSE });
      return mention(say("rough_position", { distance: farness(me.accuracy) }));
    }
    map.setView([me.lat, me.lon], Math.max(map.getZoom(), CLOSE));
    return map.fire("atlas:located");
  });
}

/** Metres in words, no finer than people walk. */
export function farness(metres) {
  if (metres >= 1000) return say("kilometres", { number: figure(Number((metres / 1000).toPrecision(metres < 10000 ? 2 : 3))) });
  return say("metres", { number: figure(Math.max(10, Math.round(metres / 10) * 10)) });
}
