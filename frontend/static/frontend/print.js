/** A sheet of paper: the map as it stands, its title, scale, legend, date and sources; the browser prints or saves it. */

import { byId, element, english, figure, say, title } from "./dom.js";
import { creditOf } from "./panel.js";
import { swatch } from "./swatch.js";

const PAPER = { A4: [210, 297], A3: [297, 420] }; // millimetres
const MARGIN = 10;
const HEAD = 16; // millimetres for the title above the map
const FOOT = 54; // for the legend and the sources below it
const COLUMN = 44; // of the legend
const PIXELS = 96 / 25.4; // CSS pixels a millimetre
const EQUATOR = 40075017; // metres

let sheet = null;

/** Ask for size and title, then print; `more` goes on a page of its own. */
export function openPrint(here, name = "", more = null) {
  byId("print-options")?.remove();
  const size = choice("print-size", ["A4", "A3"].map((paper) => [paper, paper]));
  const turn = choice("print-turn", [["landscape", say("landscape")], ["portrait", say("portrait")]]);
  const words = element("input", { id: "print-title", class: "input", value: name || here.manifest.title || document.title, maxlength: 60 });
  const options = element("dialog", { id: "print-options", "aria-labelledby": "print-heading" },
    element("form", {
      method: "dialog", class: "form",
      onsubmit: () => print(here, { paper: size.value, turned: turn.value === "landscape", words: words.value, more }),
    },
    element("h2", { id: "print-heading" }, say("print")),
    element("label", { class: "field" }, element("span", {}, say("print_title")), words),
    element("label", { class: "field" }, element("span", {}, say("paper")), size),
    element("label", { class: "field" }, element("span", {}, say("direction")), turn),
    element("div", { class: "actions" },
      element("button", { type: "submit", class: "primary" }, say("print")),
      element("button", { type: "button", onclick: () => options.close() }, say("cancel")))));
  document.body.append(options);
  options.showModal();
}

function choice(id, rows) {
  return element("select", { id }, rows.map(([value, text]) => element("option", { value }, text)));
}

/** Lay the map out at the size it has on paper, wait until it stands, print, and put everything back. */
async function print(here, { paper, turned, words, more }) {
  const [width, height] = turned ? [...PAPER[paper]].reverse() : PAPER[paper];
  const { map } = here;
  const [centre, zoom] = [map.getCenter(), map.getZoom()];
  const box = byId("map");
  byId("paper")?.remove();
  document.body.append(paperAround(here, words, width - 2 * MARGIN));
  if (more) byId("paper").append(more);
  sheet ??= new CSSStyleSheet();
  sheet.replaceSync(`@page { size: ${width}mm ${height}mm; margin: ${MARGIN}mm; }`);
  document.adoptedStyleSheets = [...new Set([...document.adoptedStyleSheets, sheet])];
  document.body.classList.add("printing");
  box.style.width = `${Math.floor((width - 2 * MARGIN) * PIXELS)}px`;
  box.style.height = `${Math.floor((height - 2 * MARGIN - HEAD - FOOT) * PIXELS)}px`;
  map.invalidateSize({ animate: false });
  map.setView(centre, zoom, { animate: false });
  await standing(map);
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("printing");
    box.removeAttribute("style");
    byId("paper").remove();
    map.invalidateSize({ animate: false });
    map.setView(centre, zoom, { animate: false });
  }, { once: true });
  window.print();
}

const standing = (map) => new Promise((resolve) => {
  const soon = setTimeout(resolve, 4000);
  map.once("atlas:still", () => (clearTimeout(soon), setTimeout(resolve, 200)));
});

/** How many times smaller the map is on paper, in its middle. */
function scaleOf(map) {
  return (EQUATOR * Math.cos((map.getCenter().lat * Math.PI) / 180) * PIXELS * 1000) / 256 / 2 ** map.getZoom();
}

function paperAround(here, words, across) {
  const shown = here.layers.filter((layer) => here.view.opacity(layer.id) && layer.count && layer.group !== "base").reverse();
  const legend = shown.flatMap((layer) => layer.style.classes.map((row) =>
    element("li", {}, swatch(layer, row), layer.style.classes.length > 1 ? title(row) : title(layer))));
  const list = element("ul", { class: "paper-legend" }, legend);
  list.style.columnCount = String(Math.floor(across / COLUMN));
  const day = new Date().toLocaleDateString(english ? "en-GB" : "zh-CN", { dateStyle: "long" });
  const made = element("div", { id: "paper" },
    element("h1", {}, words),
    list,
    element("p", { class: "paper-foot" }, [
      say("print_scale", { number: figure(Number(scaleOf(here.map).toPrecision(2))) }), say("printed_on", { day }), creditOf(here.layers, here.view.opacity, Infinity), byId("approval")?.textContent, "CGCS2000",
    ].filter(Boolean).join(" · ")),
    element("p", { class: "paper-foot" }, location.href));
  made.style.width = `${across}mm`;
  return made;
}
