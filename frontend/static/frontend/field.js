/** Everything around the map of the field page: the parts of the map's own page that it shares, and what is a worker's. */

import { byId, say } from "./dom.js";
import { findAnything } from "./find.js";
import { wireHold } from "./hold.js";
import { wireImages } from "./images.js";
import { keepPage, packedNote, watchLine } from "./line.js";
import { watchChanges } from "./live.js";
import { watchTiles, wireCredit, wireLayers } from "./page.js";
import { offline } from "./offline.js";
import { wirePacks } from "./packsheet.js";
import { fetchCard, wirePlace } from "./place.js";
import { wirePosition } from "./position.js";
import { wireQuick } from "./quick.js";
import { wireSearch } from "./search.js";
import { isRoomy } from "./sheet.js";
import { wireLook } from "./tools.js";

const NEAR_ZOOM = 17;
const HOUSES = ["rooms", "buildings"]; // told in their house, with its rooms by floor
const FREE = 0.32; // the middle of what search box and half a sheet leave of a phone's map, from the top
const PIN = { className: "spot-pin", iconSize: [36, 44], iconAnchor: [18, 42] };

export async function furnish(here) {
  const { map } = here;
  here.offline = offline({ map, lost: () => line.lost() });
  const place = wirePlace(here, {
    teller: () => import("./spot.js").then(({ tellSpot }) => tellSpot), mark: pin,
    read: (sel, signal) => here.offline.card(() => fetchCard(sel, signal), sel),
    shown: ({ packed }) => packed && byId("card-body").querySelector("header").after(packedNote(packed)),
  });
  await place.told;
  wireLayers(here);
  wireImages(here);
  wireQuick(here);
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
    find: async (text, near, signal) => worded(await here.offline.find(() => findAnything(text, near, signal), text, near)),
    go: ask,
    choose(result, byKey) {
      if (result.layer && !HOUSES.includes(result.layer)) return place.go(result, byKey);
      if (here.state.here) here.change({ here: null }); // another room of the same house is the same spot
      here.room = { id: result.layer === "rooms" ? result.id : null, number: result.room };
      return ask(result);
    },
  });
  byId("seek").addEventListener("click", () => byId("search-box").select()); // the box is beyond a thumb
  watchTiles(here);
  const line = watchLine(() => (here.offline.draw(), here.tiles.reload()), () => here.offline.state);
  const held = () => here.offline.look().then(() => line.tell());
  const packs = wirePacks(here, held);
  new MutationObserver(() => (here.offline.draw(), packs.show())).observe(document.documentElement, { attributeFilter: ["data-line"] });
  held();
  wireCredit(here);
  wireLook(here);
  here.change({});
  watchChanges(here, here.manifest.at ?? "");
  keepPage().catch(() => null); // no place left on the phone: then it is not kept
}

/** What a pack finds has no kind of the server's (crossings, gates, rooms), and says in words that a name was guessed. */
const worded = (hits) => hits.map((hit) => ({ ...hit, ...kindOf(hit), ...doubt(hit) }));
const kindOf = ({ kind, ...hit }) => (hit.layer_title ? {} : { layer_title: say(`kind_${kind}`), layer_title_en: say(`kind_${kind}`) });
const doubt = ({ assumed, packed, subtitle }) => {
  const words = packed && assumed && [subtitle, say("assumed_spelling")].filter(Boolean).join(" · ");
  return words ? { subtitle: words, subtitle_en: words } : {};
};

function pin(at) {
  const html = byId("spot-pin").content.firstElementChild.cloneNode(true);
  return L.marker(at, { icon: L.divIcon({ ...PIN, html }), keyboard: false, interactive: false });
}
