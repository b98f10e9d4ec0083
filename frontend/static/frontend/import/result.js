/** What came of a trial or an import: numbers, reasons, notes, and what can be done next. */

import { element, english, figure, icon, say } from "../dom.js";
import { crsName } from "./crs.js";
import { bytes, half, spoken } from "./spoken.js";

const COUNTS = ["added", "changed", "unchanged", "refused", "skipped", "folded"];
const LONGEST = 60;
const REMARKS = ["repaired", "curves", "parts", "outside", "absent"];

/** How far a running job is, with a button that takes it back. */
export function progress(state, cancel) {
  const rows = { rows: figure(state.rows), total: figure(state.total ?? 0) };
  const image = state.order?.subject === "rasters" && state.kind === "load";
  const waits = state.state === "waiting";
  const words = state.lost ? say("lost")
    : waits ? [say("queued"), state.before > 0 && say("before", { number: state.before })].filter(Boolean).join(" · ")
      : say(state.kind === "trial" ? "trying" : state.kind === "undo" ? "undoing" : state.kind === "look" ? "looking" : image ? "overviews" : "importing");
  const known = state.total > 0 && state.kind !== "look" && !image;
  const far = image ? say("written", { size: bytes(state.rows * 2 ** 20) }) : say(known ? "read_rows_of" : "read_rows", rows);
  return element("div", { class: "under-way" },
    element("p", { class: "row apart" }, element("b", {}, words),
      state.kind === "look" || waits ? null : element("span", { class: "aside" }, far)),
    element("progress", { class: "progress", "aria-label": words, ...(known ? { max: state.total, value: Math.min(state.rows, state.total) } : {}) }),
    cancel ? element("p", { class: "row" },
      element("button", { type: "button", class: "button", onclick: cancel }, say("cancel")),
      element("span", { class: "aside" }, say("you_can_leave"))) : null);
}

/** The account of a job that is over. `doing` has what its buttons do: useCrs(crs), undo(). */
export function account(state, subject, columns, doing) {
  if (state.state !== "done") return ended(state);
  const { outcome } = state;
  const trial = state.kind === "trial";
  const good = !outcome.fruitless && !outcome.refused;
  const head = outcome.fruitless ? say("fruitless") : say(trial ? "done_trial" : "announce_done");
  return element("div", { class: "account-of" },
    notice(outcome.fruitless ? "danger" : trial && !good ? "warn" : "good", outcome.fruitless ? "warning" : "check", head),
    ...outcome.doubts.map((doubt) => doubtful(doubt, doing)),
    element("ul", { class: "counts" }, COUNTS.filter((name) => outcome[name] || ["added", "refused"].includes(name)).map((name) =>
      element("li", { class: name === "refused" && outcome.refused ? "bad" : null, "data-count": name },
        element("b", {}, figure(outcome[name])), element("span", {}, say(name))))),
    outcome.reasons.length ? reasons(outcome.reasons, columns) : null,
    remarks(outcome, columns),
    element("p", { class: "row" },
      state.refused ? download(`jobs/${state.id}/refused.csv`, say("refused_csv")) : null,
      download(`jobs/${state.id}/mapping.toml`, say("mapping_file"))));
}

/** A sentence with its sign. */
export function notice(kind, sign, ...children) {
  return element("div", { class: `notice ${kind}`, role: kind === "danger" ? "alert" : null }, icon(sign), element("div", {}, ...children));
}

const download = (path, words) =>
  element("a", { class: "button", href: `/api/imports/${path}`, download: true }, icon("download"), words);

function ended(state) {
  const kind = state.state === "failed" || state.state === "interrupted" ? "danger" : "warn";
  return element("div", { class: "account-of" }, notice(kind, "warning",
    element("b", {}, say(state.state === "cancelled" ? "job_cancelled" : "job_failed")),
    state.state === "cancelled" ? null : element("p", {}, spoken(state.error, english))));
}

function doubtful(doubt, doing) {
  return notice("warn", "warning", element("p", {}, spoken(english ? doubt.en : doubt.zh, english)),
    doubt.crs ? element("p", { class: "row" },
      element("button", { type: "button", class: "button", onclick: () => doing.useCrs(doubt.crs) }, say("doubt_use", { crs: crsName(doubt.title ?? doubt.crs) }))) : null);
}

function reasons(list, columns) {
  return element("div", { class: "scroll" }, element("table", { class: "table reasons" },
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, say("reason")),
      element("th", { scope: "col", class: "figure" }, say("row")), element("th", { scope: "col" }, say("value")))),
    element("tbody", {}, list.map((one) => element("tr", {},
      element("td", {}, spoken(english ? one.en : one.zh, english)), element("td", { class: "figure" }, figure(one.count)),
      element("td", { class: "aside" }, `${say("example", { row: one.row })}${one.field && one.field !== "geom" ? ` · ${columns.get(one.field) ?? one.field}` : ""}${one.value ? ` · ${short(one.value)}` : ""}`))))));
}

const short = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function remarks(outcome, columns) {
  const said = REMARKS.filter((name) => outcome[name] > 0).map((name) => say(name, { number: figure(outcome[name]) }));
  for (const { column, values } of outcome.strange) {
    const words = Object.keys(values);
    said.push(say("strange", { column: columns.get(column) ?? column, number: words.length, values: words.join("、") }));
  }
  said.push(...outcome.notes.map((note) => spoken(half(note, english), english)));
  if (outcome.unused.length) said.push(say("unused", { fields: outcome.unused.join("、") }));
  return said.length ? element("details", { open: outcome.strange.length > 0 || outcome.notes.length > 0 },
    element("summary", {}, `${say("notes")} (${said.length})`),
    element("ul", { class: "remarks" }, said.map((one) => element("li", {}, one)))) : null;
}
