/** Round buttons for what people look for first: each narrows the layer of facilities to one kind. */

import { byId, element, picture, title } from "./dom.js";
import { drawPoint } from "./draw.js";

const MANY = 4;

/** The layer whose classes are worth a button: points of many kinds, switched on by itself. */
export function chipLayer(layers) {
  return layers.find(({ style, shown }) => shown && style.kind === "point" && style.classes.length > MANY) ?? null;
}

/** Show the buttons; `choose(index)` hears the class wanted, null for all. */
export function showChips(layer, choose) {
  const rows = layer ? layer.style.classes.filter((row) => row.values.length) : [];
  const buttons = rows.map((row) => {
    const button = element("button", {
      type: "button", class: "chip", "aria-pressed": "false",
      onclick: () => choose(button.getAttribute("aria-pressed") === "true" ? null : row.index),
    }, picture(16, 16, (context) => {
      context.translate(8, 8);
      drawPoint(context, { ...row.paint, stroke: "" }, 8);
    }), element("span", {}, title(row)));
    return { button, row };
  });
  byId("chips").replaceChildren(...buttons.map(({ button }) => button));
  return {
    update(index) {
      for (const { button, row } of buttons) button.setAttribute("aria-pressed", String(row.index === index));
    },
  };
}
