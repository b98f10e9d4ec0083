import assert from "node:assert/strict";
import { test } from "node:test";
import { fromLch, linear, night, toLch, tone } from "../../../frontend/static/frontend/palette.js";

const light = (color) => {
  const [red, green, blue] = linear(color);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (one, other) => {
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const GROUNDS = ["#dcead0", "#efede7", "#f1e9e2", "#f7f5f0", "#b9d8e8", "#e6dfd3", "#ddd3c4"].map((color) => night(color, "ground"));
const ROADS = ["#ffffff", "#fff4d6"].map((color) => night(color, "road"));

test("a colour comes back from lightness, chroma and hue as it went", () => {
  for (const color of ["#c62828", "#b9d8e8", "#ffffff", "#000000", "#1a7288"]) assert.equal(fromLch(...toLch(color)), color);
});

test("without a page, or by day, a colour is as declared", () => {
  assert.equal(tone("#c62828", "mark"), "#c62828");
  assert.equal(tone("", "ground"), "");
});

test("by night words can be read on every ground and road", () => {
  for (const word of ["#6b5a2e", "#36708f", "#5c5347", "#3f6b31", "#5d5288", "#0b6e69", "#c2185b"]) {
    for (const under of [...GROUNDS, ...ROADS]) assert.ok(contrast(night(word, "word"), under) >= 4.5, `${word} on ${under}`);
  }
});

test("by night zones stand out from roads, roads from the ground, water from land", () => {
  for (const zone of ["#c62828", "#e08a00", "#1a7288"]) {
    for (const under of [...GROUNDS, night("#ffffff", "road")]) assert.ok(contrast(night(zone, "mark"), under) >= 2.5, zone);
  }
  const [green, residential, , , water, building] = GROUNDS;
  assert.ok(Math.min(...ROADS.map(light)) > Math.max(...GROUNDS.map(light)));
  assert.notEqual(green, residential);
  assert.ok(light(building) > light(residential));
  assert.ok(toLch(water)[1] > toLch(residential)[1]);
});

test("by night a white glyph can be read on its disc", () => {
  for (const disc of ["#0b6e69", "#4b792d", "#b05109", "#1f6fb2", "#c2185b", "#6a51a3", "#37474f", "#7a5c12", "#5b6875"]) {
    assert.ok(contrast(night(disc, "point"), "#ffffff") >= 3, disc);
  }
});
