/** One dataset of an upload: what it is, what it shall become, where it lies, a trial, the import. */

import { byId, element, english, figure, icon, say, title } from "../dom.js";
import { ask } from "./ask.js";
import { call, follow } from "./call.js";
import { chart } from "./chart.js";
import { columnTable } from "./columns.js";
import { chooseCrs, crsName, crsSelect } from "./crs.js";
import { account, notice, progress } from "./result.js";
import { bytes, spoken } from "./spoken.js";

const HEAD_ROWS = 20;
const IMAGE = "rasters";
const SINGLE = "=";

/** The card of dataset `number`; `imported()` is called when something was written. `before` is what was chosen on the
 * card whose place it takes. */
export function dataset(upload, number, choices, imported, before = {}) {
  const seen = upload.found[number];
  const base = `uploads/${upload.token}/datasets/${number}`;
  const known = upload.jobs.find((job) => job.dataset === number);
  const body = element("div", { class: "dataset-body" });
  const opener = element("summary", {}, element("h2", {}, icon("file"), seen.layer && !seen.file.includes(seen.layer) ? `${seen.file} › ${seen.layer}` : seen.file), facts(seen));
  const node = element("details", { class: "paper dataset", "data-dataset": number, ontoggle: () => node.open && open() }, opener, body);
  let opened = false;

  function open() {
    if (opened) return;
    opened = true;
    if (seen.error) body.replaceChildren(notice("danger", "warning", element("b", {}, say("unreadable")), element("p", {}, spoken(seen.error, english))));
    else desk(body, { seen, base, number, choices, known, imported, before, replace });
  }

  /** The card made anew, when the server has seen the table by other columns of coordinates. */
  async function replace(chosen) {
    const next = dataset(await call(`uploads/${upload.token}`), number, choices, imported, chosen);
    node.replaceWith(next.node);
    next.open();
  }
  return { node, open: () => (node.open = true) };
}

function facts(seen) {
  const said = [
    seen.subject === IMAGE ? "" : seen.rows === null ? say("rows_unknown") : say("rows", { number: figure(seen.rows) }), [...new Set(seen.kinds.map((kind) => kind.replace("Multi", "")))].map(inWords).join("、"),
    seen.crs_name, seen.encoding, seen.size ? bytes(seen.size) : "",
  ];
  return element("span", { class: "row tags" }, seen.error ? element("span", { class: "tag danger" }, say("unreadable"))
    : said.filter(Boolean).map((one) => element("span", { class: "tag" }, one)));
}

async function desk(body, { seen, base, number, choices, known, imported, before, replace }) {
  const prefix = `d${number}`;
  const order = known?.order ?? {};
  let subject = before.subject || (order.subject ?? seen.subject);
  if (!choices.subjects.some((one) => one.id === subject)) subject = ""; // what he may not import is no guess
  let picked = before.subject ?? "";
  let columns = null;
  let form = null;
  let busy = false;

  const image = seen.subject === IMAGE;
  const options = choices.subjects.filter((one) => (one.id === IMAGE) === image).map((one) => element("option", { value: one.id, selected: one.id === subject }, title(one)));
  const subjects = element("select", { id: `${prefix}-subject`, disabled: seen.fixed, onchange: () => (picked = subject = subjects.value, load()) },
    element("option", { value: "" }, say("choose_subject")), options);
  const source = element("input", { id: `${prefix}-source`, maxlength: 100, value: before.source ?? order.source ?? "", oninput: stale });
  const crs = crsSelect(`${prefix}-crs`, { name: seen.crs_name, presumed: seen.presumed }, choices.grids, order.crs ?? "");
  crs.addEventListener("change", () => (stale(), draw()));
  const placed = seen.tabular ? placeSelects(prefix, seen, look) : null;
  const ids = element("select", { id: `${prefix}-id`, onchange: stale });
  const mapping = element("div", {});
  const hints = element("div", { class: "row" });
  const missing = element("p", { class: "aside", role: "status" });
  const trial = element("button", { type: "button", class: "button primary", onclick: () => run("trial") }, say("trial"));
  const result = element("div", { class: "result", "aria-live": "polite" });
  const next = element("div", { class: "row" });
  const box = element("div", { class: "inset-map", role: "region", "aria-label": say("map_shown", { shown: "" }) });
  const told = element("p", { class: "aside", role: "status" });
  const offer = element("div", { class: "offer", "aria-live": "polite" });
  const field = (id, key, control, hint) => element("div", { class: "field" }, element("label", { for: id }, say(key)), control,
    hint ? element("small", { class: "aside" }, say(hint)) : null);

  body.replaceChildren(
    ...seen.notes.map((note) => notice("", "info", spoken(note, english))),
    element("div", { class: "beside" },
      element("div", { class: "form" },
        field(`${prefix}-subject`, "subject", subjects), field(`${prefix}-source`, "source", source, "source_hint"),
        placed ? field(`${prefix}-east`, "places", placed, seen.places.length ? null : "places_hint") : null,
        field(`${prefix}-crs`, "crs", crs), field(`${prefix}-id`, "id_field", ids, "id_hint")),
      element("div", {}, box, told, offer)),
    hints, mapping, missing,
    element("p", { class: "row" }, trial, element("span", { class: "aside" }, say("trial_hint"))), result, next,
    headTable(seen, base));
  const map = chart(box);
  new ResizeObserver(() => map.refresh()).observe(box);
  await Promise.all([load(), draw()]);
  if (known) watch(known);

  async function load() {
    stale();
    if (!subject) return check();
    try {
      form = await call(`${base}/form?subject=${subject}`);
    } catch (error) {
      return mapping.replaceChildren(notice("danger", "warning", error.message));
    }
    source.placeholder = form.source;
    ids.closest(".field").hidden = image; // the file's name is its number, and nothing in it is mapped
    columns = columnTable(prefix, form, seen.fields, () => (stale(), check()));
    ids.replaceChildren(element("option", { value: "" }, say("id_none")),
      ...idChoices(form.id, seen.fields).map((one) => element("option", { value: JSON.stringify(one) }, one.join(" + "))));
    ids.value = form.id.length ? JSON.stringify(form.id) : "";
    mapping.replaceChildren(...(image ? [] : [columns.node]));
    if (subject === order.subject) take(order);
    else if (form.last) take(form.last, true);
    if (form.last?.places?.length && !seen.asked.length && form.last.places.join() !== seen.places.join()) return look(form.last.places);
    offerLast(form.last);
    return check();
  }

  function take(other, last = false) {
    columns.take(other);
    if (other.id?.length && [...ids.options].some((one) => one.value === JSON.stringify(other.id))) ids.value = JSON.stringify(other.id);
    if (last && other.source) source.value = other.source;
    if (last && other.crs && crs.value !== other.crs) (chooseCrs(crs, other.crs), draw());
  }

  function offerLast(last) {
    hints.replaceChildren(...(last ? [
      element("span", { class: "tag accent" }, icon("check"), say("last_time_used")),
      element("button", { type: "button", class: "link", onclick: () => (columns.take(guesses()), stale(), check()) }, say("like_guess")),
      element("button", { type: "button", class: "link", onclick: () => (take(last, true), stale(), check()) }, say("last_time")),
    ] : []));
  }

  function guesses() {
    return { fields: Object.fromEntries(form.columns.filter((one) => one.guess !== null).map((one) => [one.name, one.guess])) };
  }

  function check() {
    const lacks = columns && subject ? columns.missing() : [];
    const noCrs = seen.kinds.length > 0 && !crs.value && !seen.crs_name;
    const said = [...(subject ? lacks : [say("subject")]), ...(noCrs ? [say("crs")] : [])];
    missing.textContent = said.length ? say("required_missing", { columns: said.join("、") }) : "";
    trial.disabled = busy || said.length > 0;
  }

  /** A changed choice makes the last result a thing of the past. */
  function stale() {
    next.replaceChildren();
    if (!busy) result.replaceChildren();
    map.clear?.();
  }

  async function draw() {
    check();
    offer.replaceChildren();
    if (!seen.kinds.length) return (told.textContent = say("no_shapes"), box.hidden = true);
    try {
      const shapes = await call(`${base}/preview?crs=${encodeURIComponent(crs.value)}`);
      map.show(shapes);
      const off = shapes.off_map ? ` · ${say("map_off", { number: figure(shapes.off_map) })}` : "";
      told.textContent = shapes.error ? spoken(shapes.error, english) : say("map_shown", { shown: figure(shapes.features.length) }) + off;
      box.dataset.shown = shapes.features.length;
      if (shapes.better) offer.replaceChildren(reread(shapes.better, shapes.error ? "reread_unstated" : "reread"));
    } catch (error) {
      map.show({ type: "FeatureCollection", features: [] });
      told.textContent = error.message;
    }
    return undefined;
  }

  /** Nothing lies on the map: another reading of the numbers is offered, and taken by a press. */
  function reread(better, words) {
    const take = () => (stale(), chooseCrs(crs, better), draw());
    return notice("warn", "warning", element("p", {}, say(words)), element("p", { class: "row" },
      element("button", { type: "button", class: "button", onclick: take }, say("doubt_use", { crs: crsName(better) }))));
  }

  /** The table is seen anew, by other columns of coordinates. */
  async function look(places) {
    try {
      await follow(await call(`${base}/places`, { method: "POST", body: { places } }), (state) => !state.over && result.replaceChildren(progress(state, null)));
      await replace({ subject: picked, source: source.value });
    } catch (error) {
      result.replaceChildren(notice("danger", "warning", error.message));
    }
  }

  async function run(kind) {
    const asked = { subject, source: source.value.trim(), crs: crs.value, ...columns.chosen(), id: ids.value ? JSON.parse(ids.value) : [] };
    try {
      await watch(await call(`${base}/${kind}`, { method: "POST", body: asked }));
    } catch (error) {
      result.replaceChildren(notice("danger", "warning", error.message));
    }
  }

  async function watch(job) {
    busy = true;
    check();
    next.replaceChildren();
    const cancel = () => call(`jobs/${job.id}/cancel`, { method: "POST", body: {} }).catch(() => {});
    const end = await follow(job, (state) => !state.over && result.replaceChildren(progress(state, cancel))).catch((error) => error);
    busy = false;
    check();
    if (end instanceof Error) return result.replaceChildren(notice("danger", "warning", end.message));
    return tell(end);
  }

  async function tell(end) {
    const names = new Map(form?.columns.map((one) => [one.name, english ? one.name : one.title]) ?? []);
    result.replaceChildren(account(end, subject, names, { useCrs }));
    byId("said").textContent = result.querySelector(".notice")?.textContent ?? "";
    if (end.refused) refusedOnMap(end);
    if (end.state === "done" && end.kind === "trial" && !end.outcome.fruitless) offerImport(end);
    if (end.state === "done" && end.kind === "load" && !end.outcome.fruitless) await finished();
    if (end.kind === "load") imported();
  }

  function useCrs(value) {
    chooseCrs(crs, value);
    draw();
    run("trial");
  }

  async function refusedOnMap(end) {
    try {
      const shapes = await call(`jobs/${end.id}/refused.geojson`);
      map.wrong(shapes);
      const [shown] = told.textContent.split(` · ${say("refused_on_map")}`); // of the trial before the import
      if (shapes.features.length) told.textContent = `${shown} · ${say("refused_on_map")} ${figure(shapes.features.length)}`;
    } catch { /* rows without a shape have none to show */ }
  }

  function offerImport({ outcome }) {
    const number = outcome.rows - outcome.refused - outcome.skipped;
    const words = image ? say("register_now") : say("import_now", { number: figure(number) });
    next.replaceChildren(element("button", { type: "button", class: "button primary", onclick: async () => {
      const lines = element("ul", { class: "remarks" }, ["added", "changed", "unchanged", "refused"].filter((name) => outcome[name])
        .map((name) => element("li", {}, `${say(name)} ${figure(outcome[name])}`)));
      if (await ask(say("import_sure"), lines, words)) run("load");
    } }, icon("check"), words));
    next.firstChild.scrollIntoView({ block: "nearest" });
  }

  async function finished() {
    const { lat, lng } = map.map.getCenter();
    const at = `#${Math.min(18, Math.max(3, map.map.getZoom())).toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
    const on = await shownWith(subject);
    next.replaceChildren(
      element("a", { class: "button primary", href: `/map?on=${on.join(",")}${at}` }, icon("map"), say("on_map")),
      element("a", { class: "button", href: "/import" }, say("another")),
      element("a", { class: "button quiet", href: "#history" }, icon("undo"), say("undo")));
  }
}

/** Two selects: the columns of east and north, or one column for both; `changed(places)` hears of a whole choice. */
function placeSelects(prefix, seen, changed) {
  const [east = "", north = east && SINGLE] = seen.places;
  const select = (id, key, chosen, ...more) => element("select", { id: `${prefix}-${id}`, "aria-label": say(key), onchange: () => tell() },
    [["", say(key)], ...more, ...seen.fields.map((name) => [name, name])].map(([value, words]) => element("option", { value, selected: value === chosen }, words)));
  const selects = [select("east", "place_east", east), select("north", "place_north", north, [SINGLE, say("place_one")])];
  const tell = () => {
    const [first, second] = selects.map(({ value }) => value);
    if (first && second && first !== second) changed(second === SINGLE ? [first] : [first, second]);
  };
  return element("div", { class: "row" }, selects);
}

/** The layers of a first visit, and one more. */
async function shownWith(subject) {
  const manifest = await fetch("/api/manifest").then((response) => response.json()).catch(() => ({ layers: [] }));
  return [...new Set([...manifest.layers.filter((layer) => layer.shown).map((layer) => layer.id), subject])];
}

const KINDS = { Point: "points", LineString: "lines", Polygon: "polygons" };
const inWords = (kind) => (KINDS[kind] ? say(KINDS[kind]) : kind);

function idChoices(guess, fields) {
  const single = fields.map((name) => [name]);
  return guess.length > 1 ? [guess, ...single] : single;
}

function headTable(seen, base) {
  const place = element("div", { class: "scroll" });
  const node = element("details", { class: "first-rows", ontoggle: () => node.open && !place.firstChild && fill() },
    element("summary", {}, say("preview_rows", { number: Math.min(HEAD_ROWS, seen.rows ?? HEAD_ROWS) })), place);

  async function fill() {
    const { head } = await call(`${base}/rows`).catch((error) => ({ head: [{ "": error.message }] }));
    const names = Object.keys(head[0] ?? {});
    place.replaceChildren(element("table", { class: "table" },
      element("thead", {}, element("tr", {}, names.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, head.map((row) => element("tr", {}, names.map((name) => element("td", {}, row[name])))))));
  }
  return node;
}
