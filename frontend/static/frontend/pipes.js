/** What lies below: told for a purpose only, which the asker writes down and the server keeps. */

import { element, measured, say, title } from "./dom.js";

const SHORT = ["category", "subcategory", "diameter_mm", "section", "material", "burial", "status", "owner"];

/** The part of the card; `does.ask(purpose)` promises the answer once more, `does.go(place)` opens a pipe's card. */
export function pipesPart(pipes, does) {
  const root = element("section", { class: "here-group" }, element("h3", {}, say("pipes_here")));
  root.append(...(pipes.needs ? [purposeForm(root, does)] : lines(pipes.items, does)));
  return root;
}

function purposeForm(root, does) {
  const field = element("input", { id: "purpose", class: "input", required: true, maxlength: 100, autocomplete: "off", placeholder: say("purpose_example") });
  const wrong = element("p", { class: "wrong", role: "alert" });
  return element("form", {
    class: "purpose",
    onsubmit: async (event) => {
      event.preventDefault();
      try {
        const { pipes } = await does.ask(field.value.trim());
        root.replaceChildren(root.firstElementChild, ...lines(pipes.items, does));
      } catch {
        wrong.textContent = say("card_failed");
      }
    },
  }, element("label", { class: "aside", for: "purpose" }, say("purpose_why")), field,
  element("button", { class: "button" }, say("show_pipes")), wrong);
}

function lines(items, { go }) {
  if (!items.length) return [element("p", { class: "aside" }, say("no_pipes"))];
  return [element("ol", { class: "found-list" }, items.map((pipe) => {
    const held = Object.fromEntries(pipe.facts.map((one) => [one.key, one]));
    const words = SHORT.filter((key) => held[key]).map((key) => measured(held[key]));
    const deep = pipe.depth_m === null ? say("depth_unknown") : say("depth", { number: pipe.depth_m });
    return element("li", {}, element("button", { type: "button", class: "found", onclick: () => go(pipe) },
      element("span", { class: "name" }, title(pipe)), element("span", { class: "figure" }, deep),
      element("span", { class: "second" }, [say("metres_plain", { number: Math.round(pipe.metres) }), ...words].join(" · "))));
  }))];
}
