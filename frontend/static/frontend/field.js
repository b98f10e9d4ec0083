/** Everything around the map of the field page: the parts of the map's own page that it shares, and what is a worker's. */

import { byId } from "./dom.js";
import { findAnything } from "./find.js";
import { wireHold } from "./hold.js";
import { wireImages } from "./images.js";
import { keepPage, watchLine } from "./line.js";
import { watchChanges } from "./live.js";
import { watchTiles, wireCredit, wireLayers } from "./page.js";
import { wirePlace } from "./place.js";
import { wirePosition } from "./position.js";
import { wireSearch } from "./search.js";
import { isRoomy } from "./sheet.js";
import { wireLook } from "./tools.js";

const NEAR_ZOOM = 17;
const HOUSES = ["rooms", "buildings"]; // told in their house, with its rooms by floor
const FREE = 0.32; // the middle of what search box and half a sheet leave of a phone's map, from the top
const PIN = { className: "spot-pin", iconSize: [36, 44], iconAnchor: [18, 42] };

export function furnish(here) {
  const { map } = here;
  const place = wirePlace(here, { teller: () => import("./spot.js").then(({ tellSpot }) => tellSpot), mark: pin });
  wireLayers(here);
  wireImages(here);
  wireHold(map);
  L.control.scale({ position: "bottomright", imperial: false, maxWidth: 110, updateWhenIdle: true }).addTo(map);
  const ask = ({ lat, lon }) => {
    map.setView([lat, lon], Math.max(map.getZoom(), NEAR_ZOOM), { animate: false });
    if (!isRoomy()) map.panBy([0, map.getSize().y * (0.5 - FREE)], { animate: false });
    map.fire("contextmenu", { latlng: L.latLng(lat, lon) });
  };
  wirePosition(here, ask);
  wireSearch({
    near: () => map.getCenter(),
    find: findAnything,
    go: ask,
    choose(result, byKey) {
      if (result.layer && !HOUSES.includes(result.layer)) return place.go(result, byKey);
      if (here.state.here) here.change({ here: null }); // another room of the same house is the same spot
      here.room = { id: result.layer === "rooms" ? result.id : null, number: result.room };
      return ask(result);
    },
  });
  watchTiles(here);
  watchLine(() => here.tiles.reload());
  wireCredit(here);
  wireLook(here);
  here.change({});
  watchChanges(here, here.manifest.at ?? "");
  keepPage().catch(() => null); // no place left on the phone: then it is not kept
}

function pin(at) {
  const html = byId("spot-pin").content.firstElementChild.cloneNode(true);
  return L.marker(at, { icon: L.divIcon({ ...PIN, html }), keyboard: false, interactive: false });
}
