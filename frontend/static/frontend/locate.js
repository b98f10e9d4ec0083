/** Where the reader stands: a dot with its accuracy, or a quiet sentence when the phone does not say. */

import { figure, say } from "./dom.js";
import { mention } from "./notices.js";

const CLOSE = 17;
const ROUGH = 100; // metres; a dot would claim more than is known

/** Wire the button to the map; `told(here)` hears where the reader stands, when that is known well. */
export function wireLocate(map, button, told) {
  let marks = null;
  const found = ({ coords: { latitude, longitude, accuracy } }) => {
    button.disabled = false;
    const here = L.latLng(latitude, longitude);
    marks?.remove();
    marks = L.layerGroup([
      L.circle(here, { radius: accuracy, className: "accuracy", interactive: false }),
      L.circleMarker(here, { radius: 8, className: "here", interactive: false }),
    ]).addTo(map);
    if (accuracy > ROUGH) {
      map.fitBounds(here.toBounds(2 * accuracy), { maxZoom: CLOSE });
      return mention(say("rough_position", { distance: distance(accuracy) }));
    }
    map.setView(here, Math.max(map.getZoom(), CLOSE));
    return told(here);
  };
  const missed = () => {
    button.disabled = false;
    mention(say("no_position"));
  };
  button.addEventListener("click", () => {
    if (!("geolocation" in navigator) || !window.isSecureContext) return missed();
    button.disabled = true;
    return navigator.geolocation.getCurrentPosition(found, missed, { enableHighAccuracy: true, timeout: 10000 });
  });
}

/** Metres in words, no finer than people walk. */
export function distance(metres) {
  if (metres >= 1000) return say("kilometres", { number: figure(Number((metres / 1000).toPrecision(metres < 10000 ? 2 : 3))) });
  return say("metres", { number: figure(Math.max(10, Math.round(metres / 10) * 10)) });
}
