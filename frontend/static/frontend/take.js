/** All of a kind in the city to take home, as files: of toilets the toilets, not every facility that there is. */

import { element, english, icon, say, title } from "./dom.js";

/** Where a file of a layer is had, in the page's language; `said` is what narrows it. */
export const fileOf = (layer, form, said = "") => {
  const words = [said, english && "lang=en"].filter(Boolean).join("&");
  return `/api/export/${layer}.${form}${words && `?${words}`}`;
};

/** A line for each layer that a topic's places are rows of, as far as everyone may take that home. */
export function takeHome({ files = [] }, known) {
  const open = files.filter(([layer]) => known.get(layer)?.exports);
  const words = (layer) => [say("take_home"), open.length > 1 && title(known.get(layer))].filter(Boolean).join(" · ");
  return open.map(([layer, kinds]) => element("p", { class: "exports" }, icon("download"), element("span", {}, words(layer)),
    ["csv", "geojson"].map((form) => element("a", { href: fileOf(layer, form, kinds.length ? `kind=${kinds.join(",")}` : ""), download: true }, say(`as_${form}`)))));
}
