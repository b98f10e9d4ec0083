/** A sheet of paper: the map as it stands, its title, scale, legend, date and sources; the browser prints or saves it. */

import { byId, element, english, figure, say, title } from "./dom.js";
import { shows } from "./draw.js";
import { creditOf } from "./panel.js";
import { PIXELS, SCALES, bar, fixed, scaleAt } from "./scale.js";
import { swatch } from "./swatch.js";

const PAPER = { A4: [210, 297], A3: [297, 420] }; // millimetres
const MARGIN = 10;
const GAP = 2; // millimetres, as in the style sheet
const FRAME = 6; // pixels: the map's edges, and what rounding may take
const COLUMN = 44; // of the legend
const PATIENCE_MS = 4000; // then what stands already need not say so again
const LONGEST_MS = 20_000; // a slow line has every tile by then, or has lost some
const SHARP = 2; // pixels of the picture for one of CSS: 192 to an inch

let sheet = null;

/** Ask for size and title, then print; `more` goes on a page of its own. */
export function openPrint(here, name = "", more = null) {
  byId("print-options")?.remove();
  const size = choice("print-size", ["A4", "A3"].map((paper) => [paper, paper]));
  const turn = choice("print-turn", [["landscape", say("landscape")], ["portrait", say("portrait")]]);
  const seen = rounded(scaleAt(here.map.getCenter().lat, here.map.getZoom()));
  const scale = choice("print-scale", [["", say("as_on_screen", { number: figure(seen) })], ...SCALES.map((one) => [one, `1:${figure(one)}`])]);
  const words = element("input", { id: "print-title", class: "input", value: name || here.manifest.title || document.title, maxlength: 60 });
  const options = element("dialog", { id: "print-options", "aria-labelledby": "print-heading" },
    element("form", {
      method: "dialog", class: "form",
      onsubmit: () => print(here, { paper: size.value, turned: turn.value === "landscape", scale: Number(scale.value), words: words.value, more }),
    },
    element("h2", { id: "print-heading" }, say("print")),
    element("label", { class: "field" }, element("span", {}, say("print_title")), words),
    element("label", { class: "field" }, element("span", {}, say("paper")), size),
    element("label", { class: "field" }, element("span", {}, say("direction")), turn),
    element("label", { class: "field" }, element("span", {}, say("scale")), scale, element("small", { class: "aside" }, say("real_size"))),
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
async function print(here, { paper, turned, scale, words, more }) {
  const [width, height] = turned ? [...PAPER[paper]].reverse() : PAPER[paper];
  const { map, tiles: { painter } } = here;
  const { ratio } = painter;
  const [centre, zoom] = [map.getCenter(), map.getZoom()];
  const { zoom: drawn, stretch } = scale ? fixed(scale, centre.lat) : { zoom, stretch: 1 };
  byId("paper")?.remove();
  const around = paperAround(here, words, width - 2 * MARGIN, scale, drawn);
  document.body.append(around);
  sheet ??= new CSSStyleSheet();
  sheet.replaceSync(`@page { size: ${width}mm ${height}mm; margin: ${MARGIN}mm; }`);
  document.adoptedStyleSheets = [...new Set([...document.adoptedStyleSheets, sheet])];
  document.body.classList.add("printing");
  const [across, down] = [width, height].map((side) => (side - 2 * MARGIN) * PIXELS);
  lay(byId("map"), [across, down - taken(around)].map(Math.floor), stretch);
  if (more) around.append(more);
  map.invalidateSize({ animate: false });
  painter.ratio = Math.max(ratio, SHARP);
  map.setView(centre, drawn, { reset: true }); // every tile is painted anew, as fine as paper wants it
  let whole = null;
  const back = () => {
    whole?.remove();
    document.querySelector(".paper-lost")?.remove();
    painter.ratio = ratio;
    document.body.classList.remove("printing");
    for (const box of [byId("map"), byId("map").parentElement]) box.removeAttribute("style");
    byId("paper").remove();
    map.invalidateSize({ animate: false });
    map.setView(centre, zoom, { reset: true });
  };
  try {
    if (!(await standing(here))) byId("map").append(element("p", { class: "paper-lost" }, say("tiles_failed")));
    whole = inOne(here, stretch);
  } catch (error) { // a phone may have no room for the picture: its page stays as it was
    back();
    throw error;
  }
  window.addEventListener("afterprint", back, { once: true });
  window.print();
}

/** Give the map its room on paper: what is stretched is laid out as much smaller or larger. Its frame has the size that is
 * seen and is of one piece: a page would be broken by the size that it is laid out in. */
function lay(box, [width, height], stretch) {
  const [wide, high] = [width, height].map((length) => Math.floor(length / stretch));
  Object.assign(box.style, { width: `${wide}px`, height: `${high}px`, transform: `scale(${stretch})`, transformOrigin: "0 0" });
  Object.assign(box.parentElement.style, { width: `${width}px`, height: `${height}px`, contain: "size", overflow: "hidden" });
}

/** The tiles as one picture in their place: printed one by one, a hair of the paper shows wherever two of them meet. */
function inOne({ map, tiles: { painter: { ratio } } }, stretch) {
  const tiles = [...map.getPane("tilePane").querySelectorAll("canvas.leaflet-tile-loaded")].filter((tile) => tile.width);
  const { x, y } = map.getSize();
  const whole = element("canvas", { class: "whole", width: Math.round(x * ratio), height: Math.round(y * ratio) });
  const { left, top } = map.getContainer().getBoundingClientRect();
  const { clientLeft, clientTop } = map.getContainer(); // its frame
  for (const tile of tiles) {
    const seen = tile.getBoundingClientRect();
    const at = [(seen.left - left) / stretch - clientLeft, (seen.top - top) / stretch - clientTop].map(Math.round);
    const bare = getComputedStyle(tile); // what is not painted of a tile is its padding
    const [across, down] = [at[0] + parseFloat(bare.paddingLeft), at[1] + parseFloat(bare.paddingTop)].map((one) => Math.round(one * ratio));
    whole.getContext("2d").drawImage(tile, across, down);
    tile.style.visibility = "hidden";
  }
  Object.assign(whole.style, { width: `${x}px`, height: `${y}px` });
  L.DomUtil.setPosition(whole, map.containerPointToLayerPoint([0, 0]));
  map.getPane("tilePane").append(whole);
  return whole;
}

/** Whether the map stands; it is waited for only so long. */
const standing = ({ map, tiles }) => new Promise((resolve) => {
  const timers = [setTimeout(() => tiles.settled && give(true), PATIENCE_MS), setTimeout(() => give(tiles.settled), LONGEST_MS)];
  const give = (stands) => (timers.forEach(clearTimeout), map.off("atlas:still", still), resolve(stands));
  const still = () => setTimeout(give, 200, true);
  map.once("atlas:still", still);
});

/** Pixels that what stands around the map takes, with what is kept free between any two. */
const taken = (around) => [...around.children].reduce((sum, { offsetHeight }) => sum + offsetHeight + GAP * PIXELS, FRAME);

const rounded = (scale) => Number(scale.toPrecision(2));

/** A line of a round length, to measure by. */
function measure(scale) {
  const { metres, millimetres } = bar(scale);
  const line = element("span", {});
  line.style.width = `${millimetres}mm`;
  return element("p", { class: "paper-bar" }, line, `${figure(metres)} m`);
}

function paperAround(here, words, across, scale, zoom) {
  const seen = scaleAt(here.map.getCenter().lat, here.map.getZoom());
  const shown = here.layers.filter((layer) => here.view.opacity(layer.id) && layer.count && layer.group !== "base").reverse();
  const legend = shown.flatMap((layer) => layer.style.classes.filter((row) => shows(here.view, layer, row, zoom)).map((row) =>
    element("li", {}, swatch(layer, row), layer.style.classes.length > 1 ? title(row) : title(layer))));
  const list = element("ul", { class: "paper-legend" }, legend);
  list.style.columnCount = String(Math.floor(across / COLUMN));
  const day = new Date().toLocaleDateString(english ? "en-GB" : "zh-CN", { dateStyle: "long" });
  const made = element("div", { id: "paper" },
    element("h1", {}, words),
    measure(scale || seen),
    list,
    element("p", { class: "paper-foot" }, [
      say(scale ? "print_fixed" : "print_scale", { number: figure(scale || rounded(seen)) }), say("printed_on", { day }), creditOf(here.layers, here.view.opacity, Infinity), byId("approval")?.textContent, "CGCS2000",
    ].filter(Boolean).join(" · ")),
    element("p", { class: "paper-foot" }, location.href));
  made.style.width = `${across}mm`;
  return made;
}
