import assert from "node:assert/strict";
import { test } from "node:test";
import { paintRules } from "../../../frontend/static/frontend/draw.js";
import { labelRules } from "../../../frontend/static/frontend/labels.js";
import { atZoom, cue, dressed, inWordOrder, looks } from "../../../frontend/static/frontend/style.js";

const roads = dressed({
  id: "roads", min_zoom: 7,
  style: {
    kind: "line", by: "rank", order: 30, label: { field: "name", color: "#6b5a2e", along: "line", min_zoom: 13 },
    classes: [
      { values: [7], title: "路", title_en: "Path", paint: { stroke: "#d5cdbf", dash: [4, 3] }, min_zoom: 15 },
      { values: [4, 5], title: "支路", title_en: "Minor", paint: { stroke: "#fff", casing: "#ddd", width: [[12, 1], [16, 9]] } },
      { values: [1, 2], title: "主路", title_en: "Main", paint: { stroke: "#ff0", casing: "#dd0" } },
    ],
  },
});
const toilets = dressed({
  id: "facilities", min_zoom: 13,
  style: { kind: "point", by: "kind", order: 65, classes: [
    { values: ["toilet"], title: "公厕", title_en: "Toilets", paint: { fill: "#0b6e69" } },
    { values: [], title: "其他", title_en: "Other", paint: { fill: "#777" } },
  ] },
});
const all = { opacity: () => 1, only: () => null };

test("widths run straight between stops and are held beyond them", () => {
  assert.equal(atZoom(3, 17), 3);
  assert.equal(atZoom([[12, 1], [16, 9]], 14), 5);
  assert.equal(atZoom([[12, 1], [16, 9]], 3), 1);
  assert.equal(atZoom([[12, 1], [16, 9]], 20), 9);
});

test("what the manifest leaves out is at the server's defaults", () => {
  const { paint } = roads.style.classes[2];
  assert.deepEqual([paint.width, paint.casing_px, paint.opacity, paint.radius], [1, 1.5, 1, 6]);
  assert.equal(roads.style.label.size, 12);
  assert.equal(roads.style.label.halo, "#ffffff");
});

test("a class is found by value whatever its type; the class of no values is for the rest", () => {
  assert.equal(roads.classAt({ rank: 5 }).title, "支路");
  assert.equal(roads.classAt({ rank: "5" }).title, "支路");
  assert.equal(roads.classAt({ rank: 99 }), null);
  assert.equal(toilets.classAt({ kind: "zoo" }).title, "其他");
});

test("every casing lies below every line, and points are not painted but placed", () => {
  const rules = paintRules([toilets, roads], all);
  assert.equal(rules.length, 5); // two casings, three lines
  const seen = [];
  const context = new Proxy({}, { get: (_, name) => (name === "strokeStyle" ? "" : () => {}), set: (_, name, value) => {
    if (name === "strokeStyle") seen.push(value);
    return true;
  } });
  const road = { props: { rank: 1 }, geom: [[{ x: 0, y: 0 }, { x: 9, y: 0 }]] };
  for (const rule of rules) rule.draw(context, [road, road], 16);
  assert.deepEqual(seen, ["#ddd", "#dd0", "#d5cdbf", "#fff", "#ff0"]);
});

test("a rule passes over classes not yet due, layers that are off and classes not asked for", () => {
  const paths = [{ props: { rank: 7 } }];
  const rule = paintRules([roads], all)[2];
  assert.equal(rule.row, roads.style.classes[0]);
  assert.deepEqual(rule.shown(paths, 16), paths);
  assert.deepEqual(rule.shown(paths, 14), []);
  assert.deepEqual(paintRules([roads], { ...all, opacity: () => 0 })[2].shown(paths, 16), []);
  const [first, rest] = labelRules([toilets], { ...all, only: () => 0 });
  const holds = (one, kind) => 16 >= one.minzoom && one.filter(16, { props: { kind } });
  assert.equal(holds(first, "toilet"), true);
  assert.equal(holds(first, "zoo"), false);
  assert.equal(holds(rest, "zoo"), false);
  assert.equal(holds(labelRules([toilets], all)[3], "zoo"), true);
});

test("a tile of zoom z is seen from map zoom z + 1", () => {
  assert.equal(paintRules([roads], all)[3].minzoom, 8);
});

test("cues give width, dash and side by value, and grow with the streets", () => {
  const zoning = dressed({ id: "zoning", min_zoom: 13, style: {
    kind: "line", by: "zone", classes: [{ values: [], title: "", title_en: "", paint: { stroke: "#c62828", dash: [9, 4] } }],
    width: { field: "street_class", values: { 1: 3.6 }, otherwise: 2.8 },
    offset: { field: "side", values: { left: -4, right: 4 }, otherwise: 0 },
  } });
  const row = zoning.style.classes[0];
  const near = looks(zoning, row, { street_class: 1, side: "right" }, 16);
  assert.equal(looks(zoning, row, { street_class: 1 }, 17).width, 3.6);
  assert.ok(near.width < 3 && near.width > 2, "further out the street itself is seen first");
  assert.deepEqual(near.dash, [9, 4]);
  const laxer = { ...row, paint: { ...row.paint, width: 0.5 } };
  assert.equal(looks(zoning, laxer, { street_class: 1 }, 17).width, 1.8, "what is less strict is narrower");
  assert.ok(near.offset > 4);
  assert.equal(looks(zoning, row, { side: "left" }, 16).offset, -near.offset);
  assert.ok(looks(zoning, row, { side: "right" }, 18).offset > near.offset);
  assert.deepEqual([near.both, looks(zoning, row, { side: "both" }, 16).both], [false, true]);
  assert.equal(looks(zoning, row, { side: "both" }, 16).offset, near.offset);
  assert.equal(looks(roads, roads.style.classes[1], { rank: 5 }, 16).both, false, "a road has no sides");
  const [rule] = paintRules([zoning], all);
  const ys = [];
  const context = new Proxy({}, { get: (_, name) => (name === "moveTo" ? (_x, y) => ys.push(y) : () => {}), set: () => true });
  rule.draw(context, [{ props: { side: "both" }, geom: [[{ x: 0, y: 0 }, { x: 9, y: 0 }]] }], 16);
  assert.deepEqual(ys, [near.offset, -near.offset], "along both kerbs, never over the name between them");
  assert.equal(cue(undefined, {}, 7), 7);
});

test("more important words come first, of equals the larger", () => {
  const class_ = { values: [], title: "", title_en: "", paint: {} };
  const named = (id, label) => dressed({ id, min_zoom: 0, style: {
    kind: "fill", classes: [class_], label: { field: "n", color: "#000", ...label },
  } });
  const [small, large, important] = [named("a", { size: 10 }), named("b", { size: 13 }), named("c", { size: 9, rank: 3 })];
  assert.deepEqual(inWordOrder([small, large, toilets, important]).map(({ layer }) => layer.id), ["c", "b", "a"]);
});
