/** Telling the city of a problem with a place: who answers for it, the number to call, and the sentence that names it, to copy
 * or to hand to an app of the phone. */

import { element, english, icon, say, title } from "./dom.js";
import { copy, hand } from "./share.js";

/** Fill the opened part of a card. */
export function tellReport(part, { responsible, hotline, text, text_en }) {
  const sentence = english ? text_en : text;
  const buttons = [
    element("button", { type: "button", onclick: () => copy(sentence) }, icon("link"), say("report_copy")),
    navigator.share && element("button", { type: "button", onclick: () => hand(sentence) }, icon("share"), say("report_hand")),
  ];
  part.replaceChildren(
    element("dl", {}, responsible.map((body) => element("div", {}, element("dt", {}, title(body)),
      element("dd", {}, (english && body.value_en) || body.value)))),
    element("p", { class: "actions" }, element("a", { class: "button primary", href: `tel:${hotline}` }, icon("phone"),
      say("report_call", { number: hotline }))),
    element("p", { class: "report-text" }, sentence),
    element("div", { class: "actions" }, buttons.filter(Boolean)),
  );
}
