/** All of a kind in the city to take home, as files: of toilets the toilets, not every facility that there is. */

import { element, icon, say, title } from "./dom.js";

/** A line for each layer that a topic's places are rows of, as far as everyone may take that home. */
export function takeHome({ files = [] }, known) {
  const open = files.filter(([layer]) => known.get(layer)?.exports);
  const words = (layer) => [say("take_home"), open.length > 1 && title(known.get(layer))].filter(Boolean).join(" · ");
  return open.map(([layer, kinds]) => element("p", { class: "exports" }, icon("download"), element("span", {}, words(layer)),
    ["csv", "geojson"].map((form) => element("a", { href: address(layer, form, kinds), download: true }, say(`as_${form}`)))));
}

const address = (layer, form, kinds) => `/api/export/${layer}.${form}${kinds.length ? `?kind=${kinds.join(",")}` : ""}`;
