/** A box above many layers: what is typed leaves those that say it, in their name, their group or their legend. */

import { byId, element, say } from "./dom.js";

/** Put the box over the list of `layers`, in which each is a `[data-layer]` in its group. */
export function narrow(layers, groups) {
  const list = byId("layer-list");
  const said = new Map(layers.map((layer) => [layer.id, words(layer, groups.find(({ id }) => id === layer.group))]));
  const told = element("p", { class: "hint", role: "status", hidden: true }, say("no_layer"));
  const box = element("input", {
    type: "search", id: "find-layer", class: "input", placeholder: say("find_layer"), "aria-label": say("find_layer"),
    "aria-controls": list.id, autocomplete: "off",
    oninput: () => (told.hidden = leave(list, (id) => said.get(id).includes(box.value.trim().toLowerCase())) > 0),
    onkeydown: (event) => {
      if (event.key !== "Escape" || !box.value) return;
      event.stopPropagation(); // Escape would shut the panel
      box.value = "";
      box.dispatchEvent(new Event("input"));
    },
  });
  list.before(box, told);
}

const words = ({ title, title_en: en, style }, group) =>
  [title, en, group?.title, group?.title_en, ...style.classes.flatMap((row) => [row.title, row.title_en])].join(" ").toLowerCase();

/** Leave the layers that `fits(id)`; how many there are. */
function leave(list, fits) {
  for (const row of list.querySelectorAll("[data-layer]")) row.hidden = !fits(row.dataset.layer);
  for (const group of list.querySelectorAll(".group")) group.hidden = !group.querySelector("[data-layer]:not([hidden])");
  return list.querySelectorAll("[data-layer]:not([hidden])").length;
}
