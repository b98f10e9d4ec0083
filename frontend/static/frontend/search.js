/** The search box: suggestions while typing, arrow keys, coordinates pasted in any usual form. */

import { byId, element, english, say, title } from "./dom.js";
import { farness } from "./locate.js";
import { position } from "./where.js";

const WAIT_MS = 90; // less than between two keys of most people: each is answered at once

/** Places by name, the nearest first. */
export async function findNamed(text, { lat, lng }, signal) {
  const query = new URLSearchParams({ q: text, lon: lng.toFixed(5), lat: lat.toFixed(5) });
  const response = await fetch(`/api/search?${query}`, { signal });
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()).results;
}

/** Wire the box. `near()` is the middle of the map; `choose(result, byKey)` and `go(position)` hear what is wanted;
 * `find(text, near, signal)` promises what is suggested. */
export function wireSearch({ near, choose, go, find = findNamed }) {
  const form = byId("search");
  const box = byId("search-box");
  const list = byId("results");
  let results = [];
  let active = -1;
  let asking = null;
  let wait = 0;
  let asked = -WAIT_MS; // the first key is answered at once, who goes on typing asks now and then

  const close = () => {
    list.hidden = true;
    list.removeAttribute("aria-busy");
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
    active = -1;
  };
  const show = (items) => {
    list.replaceChildren(...items);
    list.hidden = false;
    list.removeAttribute("aria-busy");
    box.setAttribute("aria-expanded", "true");
    active = -1;
  };
  const mark = (index) => {
    active = (index + results.length) % results.length;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    box.setAttribute("aria-activedescendant", `result-${active}`);
    list.children[active].scrollIntoView({ block: "nearest" });
  };
  const take = (result, byKey) => {
    close();
    box.blur();
    choose(result, byKey);
  };

  async function ask() {
    const text = box.value.trim();
    asked = performance.now();
    asking?.abort();
    form.classList.toggle("filled", text !== "");
    if (!text) return close();
    asking = new AbortController();
    try {
      const { signal } = asking;
      const found = await find(text, near(), signal);
      if (signal.aborted) return undefined;
      results = found;
      const spot = position(text);
      if (!results.length) return show([element("li", { class: "nothing" }, say(spot ? "go_position" : "nothing_found"))]);
      return show(results.map(suggestion));
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      results = [];
      return show([element("li", { class: "nothing" }, say("search_failed"))]);
    }
  }

  function suggestion(result, i) {
    const kind = (english && result.layer_title_en) || result.layer_title;
    const second = (english && result.subtitle_en) || result.subtitle;
    return element("li", {
      id: `result-${i}`, role: "option", "aria-selected": "false",
      onpointerdown: (event) => event.preventDefault(), onclick: () => take(result, false),
    }, element("span", { class: "name" }, title(result)), element("span", { class: "what" }, result.packed && element("span", { class: "tag warn" }, say("offline_tag")), kind),
    second && second !== title(result) ? element("span", { class: "second" }, second) : null,
    result.distance > 0 ? element("span", { class: "far" }, farness(result.distance)) : null);
  }

  box.addEventListener("input", () => {
    clearTimeout(wait);
    list.setAttribute("aria-busy", "true"); // what stands there answers another text
    wait = setTimeout(ask, Math.max(0, asked + WAIT_MS - performance.now()));
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") (list.hidden ? (box.value = "", ask()) : close(), event.stopPropagation());
    if (list.hidden || !results.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1));
    }
  });
  box.addEventListener("focus", () => results.length && box.value && show(results.map(suggestion)));
  box.addEventListener("blur", () => setTimeout(() => document.activeElement === box || close(), 150)); // who came back types on
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(wait);
    const spot = position(box.value.trim());
    if (spot) return (close(), go(spot));
    if (active < 0) await ask();
    return results.length ? take(results[Math.max(0, active)], true) : undefined;
  });
  form.querySelector(".clear").addEventListener("click", () => {
    box.value = "";
    ask();
    box.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|TEXTAREA/.test(document.activeElement.tagName)) (event.preventDefault(), box.focus());
  });
  if (document.activeElement === box && box.value) ask(); // typed while this was on its way
}
