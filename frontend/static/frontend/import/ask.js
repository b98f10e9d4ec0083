/** A question over the page, answered by its buttons or Escape. */

import { byId, element, say } from "../dom.js";

/** Ask; resolves to true when the reader agreed. `agree` null leaves only the way back. */
export function ask(title, body, agree, danger = false) {
  const box = byId("ask");
  return new Promise((resolve) => {
    const close = (answer) => () => {
      box.close();
      resolve(answer);
    };
    box.replaceChildren(
      element("h2", { id: "ask-title" }, title),
      ...[body].flat().filter(Boolean).map((one) => (typeof one === "string" ? element("p", {}, one) : one)),
      element("p", { class: "row ends" },
        element("button", { type: "button", class: "button", onclick: close(false) }, say("cancel")),
        agree ? element("button", { type: "button", class: `button ${danger ? "danger" : "primary"}`, onclick: close(true) }, agree) : ""));
    box.oncancel = () => resolve(false);
    box.showModal();
  });
}
