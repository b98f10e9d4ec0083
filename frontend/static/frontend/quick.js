/** The round buttons under the search: what people look for first, each opening the list of it. */

import { byId, element, picture, title } from "./dom.js";
import { drawPoint } from "./symbols.js";
import { nothingChosen } from "./state.js";

const TYPING = /INPUT|TEXTAREA|SELECT/;

/** Wire the buttons of the page, add one for every further kind behind 更多, and open what the address asks for. The key `l`
 * opens the list, `h` asks what holds in the middle of the map. */
export function wireQuick(here) {
  let finder = null; // comes when it is first wanted
  const bar = byId("chips");
  const more = byId("quick-more");
  const toggle = (topic) => {
    const { find } = here.state;
    if (find?.topic === topic) return here.leave({ find: null });
    return here.change({ find: nothingChosen(topic) }, { push: true, opened: !find });
  };
  const follow = async (state, linked = false) => {
    for (const button of bar.querySelectorAll("[data-topic]")) {
      const on = button.dataset.topic === state.find?.topic;
      button.setAttribute("aria-pressed", String(on));
      if (on) button.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    if (!finder && state.find) {
      const wanted = import("./finder.js");
      finder = wanted.then((module) => module.wireFinder(here, linked));
    }
    (await finder)?.follow();
  };
  bar.addEventListener("click", (event) => {
    const topic = event.target.closest("[data-topic]")?.dataset.topic;
    if (topic) toggle(topic);
  });
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    if (open && !bar.querySelector(".further")) more.before(...further(here));
    for (const button of bar.querySelectorAll(".further")) button.hidden = !open;
    bar.classList.toggle("wrapped", open);
  });
  document.addEventListener("keydown", (event) => {
    const busy = event.ctrlKey || event.metaKey || event.altKey || TYPING.test(document.activeElement.tagName);
    if (busy) return;
    if (event.key === "l") toggle("list");
    if (event.key === "h") here.map.fire("contextmenu", { latlng: here.map.getCenter() });
  });
  here.listen((state, before) => state.find?.topic !== before.find?.topic && follow(state));
  if (here.state.find) follow(here.state, true);
}

/** A button for each kind of the layer of facilities that has none yet. */
function further(here) {
  const layer = here.layers.find(({ style, shown }) => shown && style.kind === "point" && style.classes.length > 4);
  if (!layer) return [];
  const have = new Set(["toilet", "bin", "market"]);
  const rows = layer.style.classes.filter((row) => row.values.length && !row.values.some((kind) => have.has(kind)));
  return rows.map((row) => element("button", {
    type: "button", class: "chip further", "aria-pressed": "false", "data-topic": `${layer.id}.${row.index}`,
  }, picture(16, 16, (context) => {
    context.translate(8, 8);
    drawPoint(context, { ...row.paint, stroke: "" }, 8);
  }), element("span", {}, title(row))));
}
