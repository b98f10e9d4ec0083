/** What was imported, by whom, with what result, and the way back. */

import { byId, element, english, figure, icon, say, title } from "../dom.js";
import { ask } from "./ask.js";
import { call, follow } from "./call.js";
import { notice, progress } from "./result.js";
import { spoken } from "./spoken.js";

const day = new Intl.DateTimeFormat(english ? "en-GB" : "zh-CN", { dateStyle: "medium", timeStyle: "short" });

/** Show the list; `subjects` are those of the page. */
export async function showHistory(subjects) {
  const titles = new Map(subjects.map((one) => [one.id, title(one)]));
  let found;
  try {
    found = await call("runs");
  } catch (error) {
    byId("runs").replaceChildren(notice("danger", "warning", error.message));
    return;
  }
  underWay(found.jobs, subjects);
  const older = found.runs.slice(SHOWN);
  byId("runs").replaceChildren(...(found.runs.length ? [
    table(found.runs.slice(0, SHOWN), titles, subjects),
    older.length ? element("details", {}, element("summary", {}, say("older", { number: older.length })), table(older, titles, subjects)) : "",
  ] : [element("p", { class: "nothing-yet" }, icon("table"), say("history_none"))]));
}

const SHOWN = 10;
const HEADS = ["when", "by_whom", "file", "subject", "counts"];

function table(runs, titles, subjects) {
  return element("div", { class: "scroll" }, element("table", { class: "table runs" },
    element("thead", {}, element("tr", {}, HEADS.map((key) => element("th", { scope: "col" }, say(key))),
      element("th", {}, element("span", { class: "unseen" }, say("undo"))))),
    element("tbody", {}, runs.map((run) => line(run, titles, subjects)))));
}

function line(run, titles, subjects) {
  const cell = (key, ...children) => element("td", { "data-label": say(key) }, element("div", {}, ...children));
  const counts = ["added", "changed", "unchanged", "refused"].filter((name) => run[name] || name === "added")
    .map((name) => element("span", { class: `tag ${name === "refused" ? "danger" : name === "added" ? "good" : ""}` }, `${say(name)} ${figure(run[name])}`));
  return element("tr", { "data-run": run.id },
    cell("when", day.format(new Date(run.at))), cell("by_whom", run.by || "—"),
    cell("file", element("span", {}, run.file), element("small", { class: "aside" }, run.source)),
    cell("subject", titles.get(run.subject) ?? run.subject), cell("counts", element("span", { class: "row tags" }, counts)),
    element("td", { class: "acts" },
      run.report ? element("a", { class: "button quiet", href: `/api/imports/runs/${run.id}/refused.csv`, download: true, title: say("refused_csv") }, icon("download"), "CSV") : null,
      run.undone ? element("span", { class: "tag" }, say("undone")) : null,
      run.undoable ? element("button", { type: "button", class: "button", onclick: () => undo(run, subjects) }, icon("undo"), say("undo")) : null));
}

async function undo(run, subjects) {
  let prospect;
  try {
    prospect = await call(`runs/${run.id}/undo`);
  } catch (error) {
    await ask(say("undo_title", { file: run.file }), error.message, null);
    return;
  }
  const lines = (some) => element("ul", { class: "remarks" }, some.map((one) => element("li", {}, spoken(one, english))));
  const blocked = prospect.against.length > 0;
  const body = [lines(prospect.will), blocked ? notice("danger", "warning", element("b", {}, say("undo_against")), lines(prospect.against)) : null];
  if (!(await ask(say("undo_title", { file: run.file }), body, blocked ? null : say("undo"), true))) return;
  try {
    await watch(await call(`runs/${run.id}/undo`, { method: "POST", body: {} }), subjects);
  } catch (error) {
    byId("under-way").replaceChildren(notice("danger", "warning", error.message));
  }
}

async function watch(job, subjects) {
  const place = byId("under-way");
  const end = await follow(job, (state) => place.replaceChildren(progress(state, null)));
  await showHistory(subjects);
  const good = end.state === "done";
  byId("under-way").replaceChildren(notice(good ? "good" : "danger", good ? "check" : "warning", good ? say("undo_done") : spoken(end.error, english)));
  byId("said").textContent = byId("under-way").textContent;
}

/** Jobs that go on while nobody looks, and those that came to nothing. */
function underWay(jobs, subjects) {
  const open = jobs.filter((job) => !job.over);
  const lost = jobs.filter((job) => job.state === "interrupted").slice(0, 1);
  byId("under-way").replaceChildren(
    ...open.map((job) => element("p", { class: "row" }, element("span", { class: "tag accent" }, say("importing")), job.order.file ?? "",
      job.token ? element("a", { href: `/import?u=${job.token}` }, say("open")) : null)),
    ...lost.map((job) => notice("warn", "warning", `${job.order.file ?? ""}：${spoken(job.error, english)}`)));
  const undoing = open.find((job) => job.kind === "undo");
  if (undoing) watch(undoing, subjects);
}
