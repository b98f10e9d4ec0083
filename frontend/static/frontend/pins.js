/** What a list holds, as pins on the map: the list's other half. The list is for the keyboard, so these stay out of its way. */

import { title } from "./dom.js";
import { GLYPHS } from "./glyphs.js";
import { glyphOf } from "./style.js";

const SVG = "http://www.w3.org/2000/svg";
const SIDE = 30;
const CHOSEN = 10000; // above all the others

/** Pins on a map of `known` layers; `choose(item)` hears which was pressed, `touch(item, on)` which one the pointer is over. */
export function pins(map, known, { choose, touch }) {
  const group = L.layerGroup().addTo(map);
  let markers = new Map();
  return {
    show(items, { glyph, name }) {
      group.clearLayers();
      const placed = items.filter((item) => Number.isFinite(item.lon) && Number.isFinite(item.lat));
      markers = new Map(placed.map((item) => [keyOf(item), marker(item, glyph ?? own(item, known), name)]));
      for (const [i, item] of placed.entries()) {
        const made = markers.get(keyOf(item)).setZIndexOffset((placed.length - i) * 10).addTo(group);
        made.on("click", () => choose(item)).on("mouseover", () => touch(item, true)).on("mouseout", () => touch(item, false));
      }
    },
    /** Lift one out of the rest, or put it back. */
    light(item, on) {
      const made = markers.get(keyOf(item));
      made?.getElement()?.classList.toggle("lit", on);
      made?.setZIndexOffset(on ? CHOSEN : 0);
    },
    /** Mark the one whose card is open, and no other. */
    choose(item) {
      const key = item && keyOf(item);
      for (const [own, made] of markers) made.getElement()?.classList.toggle("chosen", own === key);
      markers.get(key)?.setZIndexOffset(CHOSEN);
    },
    clear() {
      group.clearLayers();
      markers = new Map();
    },
  };
}

export const keyOf = (item) => `${item.layer}:${item.id}`;

/** The glyph that a thing has on the map: a list of all kinds is one of pins that differ. */
function own(item, known) {
  const layer = known.get(item.layer);
  const properties = { ...item, purpose: item.kind }; // a list calls it the kind of a fence
  const row = layer?.classAt(properties);
  return row && glyphOf(layer, row, properties);
}

function marker(item, glyph, name) {
  const html = document.createElement("span");
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", GLYPHS[glyph] ?? GLYPHS.part);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  html.append(svg);
  const className = `pin ${/^[a-z]+$/.test(name) ? name : ""}${item.open === false ? " shut" : ""}`;
  const icon = L.divIcon({ className, html, iconSize: [SIDE, SIDE] });
  return L.marker([item.lat, item.lon], { icon, keyboard: false, title: title(item) });
}
