/** The layers: switches with their legend, number, opacity, sources and age; groups in the server's order. */

import { byId, credited, element, figure, icon, say, title } from "./dom.js";
import { firstZoom } from "./style.js";
import { swatch } from "./swatch.js";
import { fileOf } from "./take.js";

const FEW = 3; // so many classes are shown at once, more of them on demand

/** Fill the panel. `opacityOf(id)` is 0 when off; `change(id, opacity)` is told what the reader wants. */
export function showLayers(manifest, layers, { opacityOf, change, zoomTo }) {
  const rows = new Map(layers.map((layer) => [layer.id, layerRow(layer, { opacityOf, change, zoomTo })]));
  const groups = manifest.groups.map((group) => {
    const own = layers.filter((layer) => layer.group === group.id);
    const said = own.length === 1 && title(own[0]) === title(group); // by the layer itself
    return own.length ? element("section", { class: "group" }, said ? null : element("h3", {}, title(group)), own.map(({ id }) => rows.get(id).root)) : null;
  });
  byId("layer-list").replaceChildren(...groups.filter(Boolean));
  return {
    /** Bring switches, sliders and hints in line with the map. */
    update(zoom) {
      for (const row of rows.values()) row.update(zoom);
    },
  };
}

function layerRow(layer, { opacityOf, change, zoomTo }) {
  const input = element("input", {
    type: "checkbox", role: "switch", id: `on-${layer.id}`,
    onchange: () => change(layer.id, input.checked ? Number(slider.value) || 1 : 0),
  });
  const slider = element("input", {
    type: "range", min: "0.1", max: "1", step: "0.05", value: "1", "aria-label": `${say("opacity")} ${title(layer)}`,
    oninput: () => change(layer.id, Number(slider.value)),
  });
  const hint = element("p", { class: "hint", hidden: true });
  const few = layer.style.classes.length <= FEW;
  const more = element("div", { class: "more", id: `more-${layer.id}`, hidden: true },
    few ? null : legend(layer), about(layer, slider, zoomTo));
  const opener = element("button", {
    type: "button", class: "opener", "aria-expanded": "false", "aria-controls": more.id,
    "aria-label": `${say("about")} ${title(layer)}`,
    onclick: () => {
      more.hidden = !more.hidden;
      opener.setAttribute("aria-expanded", String(!more.hidden));
    },
  }, icon("chevron"));
  const head = element("div", { class: "layer-head" },
    layer.style.classes.length === 1 ? swatch(layer, layer.style.classes[0]) : null,
    element("label", { for: input.id }, title(layer)),
    element("span", { class: "count" }, layer.count ? figure(layer.count) : say("none")),
    opener, input);
  const shown = few && layer.style.classes.length > 1 ? legend(layer) : null;
  const root = element("div", { class: "layer", "data-layer": layer.id }, head, hint, shown, more);
  return {
    root,
    update(zoom) {
      const opacity = opacityOf(layer.id);
      input.checked = opacity > 0;
      if (opacity > 0) slider.value = String(opacity);
      root.classList.toggle("off", opacity === 0);
      hint.hidden = !(opacity > 0 && layer.count && zoom < firstZoom(layer));
      hint.textContent = say("zoom_in", { zoom: firstZoom(layer) });
      for (const line of root.querySelectorAll("[data-from]")) line.classList.toggle("far", hint.hidden && zoom < line.dataset.from);
    },
  };
}

function legend(layer) {
  const rows = layer.style.classes.map((row) => element("li", row.min_zoom ? { "data-from": row.min_zoom } : {},
    swatch(layer, row), element("span", {}, title(row)), row.min_zoom ? element("small", {}, say("zoom_in", { zoom: row.min_zoom })) : null));
  return element("ul", { class: "legend" }, rows);
}

function about(layer, slider, zoomTo) {
  const sources = layer.sources.map((held) => element("li", {}, credited(held) || say("unnamed_source"), age(held)));
  return element("div", { class: "about" },
    element("label", { class: "opacity" }, element("span", {}, say("opacity")), slider),
    sources.length ? element("ul", { class: "sources" }, sources) : element("p", {}, say("no_data")),
    layer.exports && element("p", { class: "exports" }, icon("download"),
      ["csv", "geojson"].map((form) => element("a", { href: fileOf(layer.id, form), download: true }, say(`as_${form}`)))),
    layer.bounds && element("button", { type: "button", class: "link", onclick: () => zoomTo(layer.bounds) },
      say("zoom_to_layer")));
}

/** Since when the data of a source is so. */
export function age({ surveyed_at: surveyed, updated_at: updated }) {
  const words = [surveyed && say("surveyed", { day: surveyed }), updated && say("updated", { day: updated })];
  return element("small", {}, words.filter(Boolean).join(" · ") || say("survey_unknown"));
}

/** The sources of the layers that are drawn, for the foot of the page. */
export function creditOf(layers, opacityOf, most = 4) {
  const names = new Set();
  for (const layer of layers) {
    if (!opacityOf(layer.id)) continue;
    for (const held of layer.sources) names.add(/openstreetmap|\bosm\b/i.test(held.source) ? "© OpenStreetMap contributors" : credited(held));
  }
  names.delete("");
  const shown = [...names];
  return shown.length > most ? `${shown.slice(0, most).join(" · ")} …` : shown.join(" · ");
}
