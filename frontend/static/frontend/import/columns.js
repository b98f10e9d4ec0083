/** The table of columns: ours on the left, the file's field for it on the right, a few of its values beside. */

import { element, english, say, title } from "../dom.js";

const CONSTANT = "=";
const KINDS = { join: " + ", first: " | ", object: "、" };

/** A rule of a mapping as people read it. */
export function inWords(rule) {
  if (typeof rule === "string") return rule;
  if (Array.isArray(rule)) return rule.join(" | ");
  if ("value" in rule) return `= ${rule.value}`;
  const how = Object.keys(KINDS).find((key) => key in rule);
  return how ? rule[how].join(KINDS[how]) : rule.of ?? "";
}

/** The fields that a rule reads. */
export const fieldsOf = (rule) =>
  typeof rule === "string" ? [rule] : Array.isArray(rule) ? rule : rule?.of ? [rule.of] : rule?.join ?? rule?.first ?? rule?.object ?? [];

/** The table for `form` (the server's) over the fields of a file; `changed()` hears of every choice. */
export function columnTable(prefix, form, fields, changed) {
  const rows = form.columns.map((column) => row(prefix, column, form.values, fields, changed));
  const told = (one) => one.column.required || one.rule() !== null;
  const plain = rows.filter(told);
  const more = rows.filter((one) => !told(one));
  const table = (some) => element("table", { class: "table mapping" },
    element("thead", {}, element("tr", {}, ["column", "field", "sample"].map((key) => element("th", { scope: "col" }, say(key))))),
    element("tbody", {}, some.map((one) => one.node)));
  return {
    node: element("div", { class: "scroll" }, table(plain),
      more.length ? element("details", {}, element("summary", {}, say("more_columns", { number: more.length })), table(more)) : null),
    /** The choices as an order has them: {fields, constants}. */
    chosen() {
      const fields = {};
      const constants = {};
      for (const { column, rule } of rows) {
        const one = rule();
        if (one === null) continue;
        if (typeof one === "object" && !Array.isArray(one) && "value" in one) constants[column.name] = String(one.value);
        else fields[column.name] = one;
      }
      return { fields, constants };
    },
    /** Our required columns that have nothing yet. */
    missing: () => rows.filter(({ column, rule }) => column.required && empty(rule())).map(({ column }) => nameOf(column)),
    /** Take the choices of another order; fields that this file lacks stay away. */
    take: ({ fields: known = {}, constants = {} }) => rows.forEach((one) =>
      one.choose(known[one.column.name] ?? (one.column.name in constants ? { value: constants[one.column.name] } : null))),
  };
}

const empty = (rule) => rule === null || (typeof rule === "object" && !Array.isArray(rule) && rule.value === "");
const nameOf = (column) => (english ? column.name.replaceAll("_", " ") : column.title);

function row(prefix, column, values, fields, changed) {
  const id = `${prefix}-${column.name}`;
  const select = element("select", { id, onchange: () => (extra(), changed()) });
  const sample = element("td", { class: "sample aside", "data-label": say("sample") });
  const input = constantInput(column, changed);
  const rule = () => {
    if (select.value === "") return null;
    return select.value === CONSTANT ? { value: input.value } : JSON.parse(select.value);
  };

  function options(guess) {
    const composed = guess !== null && typeof guess !== "string" && !("value" in guess && !Array.isArray(guess));
    const made = [
      element("option", { value: "" }, say("none")),
      composed ? element("option", { value: JSON.stringify(guess) }, inWords(guess)) : null,
      ...fields.map((name) => element("option", { value: JSON.stringify(name) }, name)),
      element("option", { value: CONSTANT }, say("constant")),
    ];
    select.replaceChildren(...made.filter(Boolean));
  }

  function extra() {
    const one = rule();
    const constant = select.value === CONSTANT;
    const seen = one && !constant ? fieldsOf(one).flatMap((name) => values[name] ?? []).slice(0, 4) : [];
    sample.replaceChildren(constant ? input : seen.join("、"));
    select.setAttribute("aria-invalid", String(column.required && empty(one)));
  }

  function choose(next) {
    const constant = next !== null && typeof next === "object" && !Array.isArray(next) && "value" in next;
    const fits = next !== null && (constant || fieldsOf(next).every((name) => fields.includes(name)));
    options(fits ? next : null);
    if (constant) input.value = next.value ?? "";
    select.value = !fits ? "" : constant ? CONSTANT : JSON.stringify(next);
    extra();
  }

  choose(column.guess);
  const node = element("tr", {},
    element("th", { scope: "row" }, element("label", { for: id }, nameOf(column)),
      column.required ? element("span", { class: "tag accent" }, say("required")) : null,
      element("small", { class: "code" }, column.name)),
    element("td", { class: "field" }, select), sample);
  return { column, node, rule, choose };
}

function constantInput(column, changed) {
  const label = say("constant_of", { column: nameOf(column) });
  if (!column.words.length) return element("input", { class: "input", "aria-label": label, oninput: changed });
  return element("select", { class: "input", "aria-label": label, onchange: changed },
    element("option", { value: "" }, say("choose_subject")),
    column.words.map((word) => element("option", { value: word.code }, title(word))));
}
