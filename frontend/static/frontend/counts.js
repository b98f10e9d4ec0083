/** How many of what lie in a shape: a part for each layer on the sheet, the same as a file and on paper. */

import { element, figure, say, title } from "./dom.js";
import { now } from "./topics.js";
import { glyphOf } from "./style.js";
import { swatch } from "./swatch.js";

const SVG = "http://www.w3.org/2000/svg";
const FEW = 5;
const [WIDE, HIGH] = [120, 28];

/** What one layer has to tell: elements for the sheet. `does.open(kind)` leads to the list, `does.other` is another day. */
export function layerPart(layer, told, does) {
  if (told.failed) return [element("section", { class: "region-layer" }, element("h3", {}, title(layer)), element("p", { class: "wrong" }, told.failed))];
  if (!told.count && !told.over_time?.some(({ count }) => count)) return [];
  const second = [
    told.covered_share > 0 && say("covered", { share: percent(told.covered_share) }),
    does.other && !layer.dated && say("as_of_today"),
  ].filter(Boolean).join(" · ");
  const kinds = (told.kinds ?? []).filter(({ count }) => count);
  return [element("section", { class: "region-layer" },
    element("h3", {}, line(title(layer), told.count, null, () => does.open(null), "region-head")),
    second && element("p", { class: "aside" }, second),
    told.over_time && overTime(told.over_time),
    ...kindsPart(layer, kinds, does))];
}

/** The kinds, the most first; where there are many, those that are few wait behind a summary. */
function kindsPart(layer, kinds, does) {
  if (!kinds.length) return [];
  const most = kinds.length > FEW + 1 ? FEW : kinds.length;
  const list = (some) => element("ul", {}, some.map((kind) => element("li", {},
    line(title(kind) || say("none"), kind.count, pictureOf(layer, kind), () => does.open(kind), "region-kind"))));
  const rest = kinds.slice(most);
  return [list(kinds.slice(0, most)), rest.length > 0 && element("details", {}, element("summary", {}, say("ask_more", { number: rest.length })), list(rest))];
}

function line(words, count, before, onclick, kind) {
  return element("button", {
    type: "button", class: `found ${kind}`, disabled: !count, onclick,
  }, element("span", { class: "name" }, before, words), element("span", { class: "figure" }, figure(count)), element("span", { class: "unseen" }, say("ask_list")));
}

/** The class that a kind is drawn by, if one is for it. */
export const classOf = (layer, kind) => layer.style.classes.find(({ values }) => values.map(String).includes(kind.code));

function pictureOf(layer, kind) {
  const row = classOf(layer, kind);
  return row ? swatch(layer, row, glyphOf(layer, row, { [layer.style.by]: kind.code })) : null;
}

const percent = (share) => (share < 0.001 ? "< 0.1" : String(Number((share * 100).toPrecision(3))));

/** A line of the months up to the day that is asked about, in words for who does not see it. */
function overTime(steps) {
  const most = steps.reduce((best, step) => (step.count > best.count ? step : best));
  if (!most.count) return null;
  const words = say("year_of", {
    steps: steps.length, first: figure(steps[0].count), last: figure(steps.at(-1).count), most: figure(most.count), month: most.from.slice(0, 7),
  });
  const [x, y] = [(i) => 3 + (i * (WIDE - 6)) / Math.max(1, steps.length - 1), (count) => HIGH - 3 - (count * (HIGH - 6)) / most.count];
  const drawn = svg("svg", { class: "spark", width: WIDE, height: HIGH, viewBox: `0 0 ${WIDE} ${HIGH}`, "aria-hidden": "true" },
    svg("polyline", { points: steps.map(({ count }, i) => `${x(i).toFixed(1)},${y(count).toFixed(1)}`).join(" ") }),
    svg("circle", { cx: x(steps.length - 1), cy: y(steps.at(-1).count), r: 2.5 }));
  return element("p", { class: "region-time" }, drawn, element("span", {}, words));
}

function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** All counts as rows: layer, kind, code, count, share of the shape that the layer covers. */
function rowsOf(told) {
  return told.filter((one) => one.count).flatMap(({ layer, count, covered_share: share, kinds = [] }) => [
    [title(layer), "", "", count, share ?? ""], ...kinds.map((kind) => [title(layer), title(kind), kind.code, kind.count, ""]),
  ]);
}

const HEADS = ["layer", "kind", "code", "count", "covered_share"];

/** Have the browser keep the counts as a file that a spreadsheet reads. */
export function saveCounts(name, about, told, day) {
  const on = day ?? now().slice(0, 10);
  const lines = [[name, say("as_of", { day: on }), "", "", `${about.square_metres} m²`], HEADS.map((key) => say(key)), ...rowsOf(told)];
  const text = `\ufeff${lines.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
  const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  element("a", { href, download: `${say("ask_shape")}-${on}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** A cell in quotes; what a spreadsheet would take for a formula is kept from being one. */
const cell = (value) => `"${String(value).replace(/^[=+\-@]/, "\t$&").replaceAll('"', '""')}"`;

/** The counts as a table on paper. */
export function countsTable(caption, told) {
  const heads = HEADS.filter((key) => key !== "code");
  const rows = rowsOf(told).map(([layer, kind, , count, share]) => element("tr", {}, element("th", { scope: "row" }, kind ? "" : layer), element("td", {}, kind),
    element("td", { class: "figure" }, figure(count)), element("td", { class: "figure" }, share === "" ? "" : `${percent(share)}%`)));
  return element("table", { class: "paper-counts" },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, heads.map((key) => element("th", { scope: "col" }, say(key))))), element("tbody", {}, rows));
}
