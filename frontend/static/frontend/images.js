/** Registered images under the map: for each a quiet switch with its age and source, and tiles once it is on.
 *
 * Tiles are fetched rather than named in an <img>: nothing there (204) is no failure, and a busy server (503) is asked
 * again when it says so. */

import { byId, element, say, title } from "./dom.js";
import { age } from "./panel.js";

const BENEATH = "150"; // Leaflet's own tiles are at 200
const AGAIN = 3;
const DEEPEST = 20;

const Tiles = L.GridLayer.extend({
  createTile({ z, x, y }, done) {
    const canvas = L.DomUtil.create("canvas", "leaflet-tile");
    const fine = window.devicePixelRatio > 1 ? "@2x" : "";
    canvas.width = canvas.height = fine ? 512 : 256;
    const leave = new AbortController();
    canvas.leave = () => leave.abort();
    fetched(`/tiles/raster/${this.options.image}/${z}/${x}/${y}${fine}.webp`, leave.signal)
      .then((picture) => picture && canvas.getContext("2d").drawImage(picture, 0, 0))
      .then(() => done(null, canvas), (error) => done(error, canvas));
    return canvas;
  },
});

async function fetched(url, signal, left = AGAIN) {
  const response = await fetch(url, { signal });
  if (response.status === 503 && left) {
    await new Promise((go) => setTimeout(go, 1000 * (Number(response.headers.get("Retry-After")) || 2)));
    return signal.aborted ? null : fetched(url, signal, left - 1);
  }
  return response.status === 200 ? createImageBitmap(await response.blob()) : null;
}

/** Add the switches to the panel, where there are images, and keep the map as the address says. */
export function wireImages(here) {
  const images = here.manifest.images ?? [];
  if (!images.length) return;
  here.map.createPane("images").style.zIndex = BENEATH;
  const shown = new Map(); // the map's layers by image
  const rows = images.map((image) => row(image, here));
  byId("layer-list").append(element("section", { class: "group", id: "images" },
    element("h3", {}, say("images")), rows.map(({ root }) => root)));
  const follow = (wanted) => {
    for (const { image, update } of rows) {
      const opacity = wanted?.get(String(image.id)) ?? 0;
      update(opacity);
      if (opacity && !shown.has(image.id)) shown.set(image.id, tiles(image).addTo(here.map));
      shown.get(image.id)?.setOpacity(opacity);
      if (!opacity && shown.has(image.id)) {
        shown.get(image.id).remove();
        shown.delete(image.id);
      }
    }
  };
  here.listen((state, before) => state.img !== before.img && follow(state.img));
  follow(here.state.img);
}

function tiles({ id, bounds: [west, south, east, north] }) {
  const layer = new Tiles({ image: id, pane: "images", maxZoom: DEEPEST, bounds: [[south, west], [north, east]] });
  return layer.on("tileunload", ({ tile }) => tile.leave());
}

function row(image, here) {
  const set = (opacity) => {
    const next = new Map(here.state.img ?? []);
    if (opacity) next.set(String(image.id), opacity);
    else next.delete(String(image.id));
    here.change({ img: next.size ? next : null });
  };
  const input = element("input", {
    type: "checkbox", role: "switch", id: `image-${image.id}`, onchange: () => set(input.checked ? Number(slider.value) : 0),
  });
  const slider = element("input", {
    type: "range", min: "0.1", max: "1", step: "0.05", value: "1", "aria-label": `${say("opacity")} ${title(image)}`,
    oninput: () => set(Number(slider.value)),
  });
  const more = element("div", { class: "about", hidden: true },
    element("label", { class: "opacity" }, element("span", {}, say("opacity")), slider),
    element("button", { type: "button", class: "link", onclick: () => here.fit(image.bounds) }, say("zoom_to_layer")));
  const root = element("div", { class: "layer", "data-image": image.id },
    element("div", { class: "layer-head" }, element("label", { for: input.id }, title(image)), input),
    element("p", { class: "hint" }, image.source || say("unnamed_source"), " ", age(image)), more);
  return {
    image, root,
    update(opacity) {
      input.checked = opacity > 0;
      if (opacity) slider.value = String(opacity);
      root.classList.toggle("off", !opacity);
      more.hidden = !opacity;
    },
  };
}
