/** The import page: files come in, each dataset gets its card, the history stands below. The address keeps the upload. */

import { byId, element, english, icon, say } from "../dom.js";
import { ask } from "./ask.js";
import { dropped, picked, unwanted } from "./bring.js";
import { call, follow } from "./call.js";
import { dataset } from "./dataset.js";
import { showHistory } from "./history.js";
import { notice, progress } from "./result.js";
import { send } from "./send.js";
import { bytes, spoken } from "./spoken.js";

const choices = JSON.parse(byId("choices").textContent);
const place = byId("sending");
let unfinished = null; // an upload that broke off: the same files go on where it stopped

wireDrop();
showHistory(choices.subjects);
resume();

function wireDrop() {
  const drop = byId("drop");
  for (const [button, input] of [["choose-files", "files"], ["choose-folder", "folder"]]) {
    byId(button).addEventListener("click", () => byId(input).click());
    byId(input).addEventListener("change", () => {
      const files = picked(byId(input));
      byId(input).value = "";
      take(files);
    });
  }
  // A file dropped beside the box would otherwise replace the page.
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
  document.addEventListener("dragover", () => drop.classList.add("over"));
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? drop.classList.remove("over"));
  document.addEventListener("drop", async (event) => {
    drop.classList.remove("over");
    take(await dropped(event.dataTransfer));
  });
}

async function resume() {
  const token = new URLSearchParams(location.search).get("u");
  if (!token) return ready();
  try {
    await arrived(await call(`uploads/${encodeURIComponent(token)}`));
  } catch (error) {
    tell(notice("warn", "warning", error.message));
  }
  return ready();
}

function ready() {
  document.body.dataset.ready = "";
}

function tell(...parts) {
  place.hidden = !parts.length;
  place.replaceChildren(...parts);
}

async function take(all) {
  const files = all.filter((one) => !unwanted(one));
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  if (!files.length) return undefined;
  if (size > choices.limit) return tell(notice("danger", "warning", say("too_large", { size: bytes(size), limit: bytes(choices.limit) })));
  byId("datasets").replaceChildren();
  document.body.dataset.brought = "";
  try {
    const announced = { files: files.map(({ name, file }) => ({ name, size: file.size })) };
    const upload = goesOn(files) ? unfinished : await call("uploads", { method: "POST", body: announced });
    history.replaceState(null, "", `/import?u=${upload.token}`);
    await arrived(await sendShown(upload, files));
  } catch (error) {
    if (error.name !== "AbortError") tell(notice("danger", "warning", error.message));
  }
  return undefined;
}

/** Whether these are the files of the upload that broke off. */
function goesOn(files) {
  return unfinished && unfinished.files.length === files.length
    && unfinished.files.every((one) => files.some(({ name, file }) => name === one.name && file.size === one.size));
}

async function sendShown(upload, files) {
  const stop = new AbortController();
  const bar = element("progress", { class: "progress", max: 1, value: 0, "aria-label": say("uploading") });
  const words = element("span", { class: "aside", role: "status" });
  const cancel = element("button", { type: "button", class: "button", onclick: async () => {
    stop.abort();
    await call(`uploads/${upload.token}`, { method: "DELETE" }).catch(() => {});
    history.replaceState(null, "", "/import");
    tell();
  } }, say("cancel_upload"));
  const began = performance.now();
  tell(element("p", { class: "row apart" }, element("b", {}, say("uploading")), words), bar, cancel);
  unfinished = upload;
  const state = await send(upload, files, ({ sent, total, lost }) => {
    bar.value = total ? sent / total : 1;
    const left = sent ? ((performance.now() - began) / 1000) * (total / sent - 1) : 0;
    const time = left > 90 ? say("minutes", { number: Math.round(left / 60) }) : say("seconds", { number: Math.ceil(left) });
    words.textContent = lost ? say("lost")
      : say("size_of", { have: bytes(sent), total: bytes(total) }) + (left > 3 ? ` · ${say("left", { time })}` : "");
  }, stop.signal);
  unfinished = null;
  return state;
}

/** An upload as the server has it: look into it, or show what was found. */
async function arrived(upload) {
  if (!upload.complete) {
    unfinished = upload;
    return tell(notice("warn", "warning", say("interrupted"), element("p", { class: "aside" }, upload.files.map((file) => file.name).join("、"))));
  }
  if (upload.found) return showFound(upload);
  const job = upload.look && !upload.look.over ? upload.look : await call(`uploads/${upload.token}/look`, { method: "POST", body: {} });
  const end = await follow(job, (state) => tell(progress(state, null)));
  if (end.state !== "done") return tell(notice("danger", "warning", spoken(end.error, english)));
  return showFound(await call(`uploads/${upload.token}`));
}

function showFound(upload) {
  tell();
  document.body.dataset.brought = "";
  const cards = upload.found.map((_, number) => dataset(upload, number, choices, () => showHistory(choices.subjects)));
  const remove = element("button", { type: "button", class: "button quiet", onclick: async () => {
    if (!(await ask(say("delete"), say("delete_sure"), say("delete"), true))) return;
    try {
      await call(`uploads/${upload.token}`, { method: "DELETE" });
      location.assign("/import");
    } catch (error) {
      tell(notice("danger", "warning", error.message));
    }
  } }, icon("delete"), say("delete"));
  const none = upload.found.length ? null : notice("warn", "warning", say("no_rows_yet"));
  byId("datasets").replaceChildren(...[none, ...cards.map((card) => card.node), element("p", { class: "row ends" }, remove)].filter(Boolean));
  const first = upload.found.findIndex((seen) => !seen.error);
  cards[upload.found.length === 1 ? 0 : Math.max(0, first)]?.open();
}
