/** Where the reader stands: a dot with its accuracy, or a quiet sentence when the phone does not say. */

import { say } from "./dom.js";
import { mention } from "./notices.js";

const CLOSE = 17;

/** Wire the button to the map. */
export function wireLocate(map, button) {
  let marks = null;
  const found = ({ coords: { latitude, longitude, accuracy } }) => {
    button.disabled = false;
    const here = L.latLng(latitude, longitude);
    marks?.remove();
    marks = L.layerGroup([
      L.circle(here, { radius: accuracy, className: "accuracy", interactive: false }),
      L.circleMarker(here, { radius: 8, className: "here", interactive: false }),
    ]).addTo(map);
    map.setView(here, Math.max(map.getZoom(), CLOSE));
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
