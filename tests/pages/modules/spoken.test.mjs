import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, half, spoken } from "../../../frontend/static/frontend/import/spoken.js";

test("a sentence in two languages is halved at the slash or after the Chinese full stop", () => {
  assert.equal(half("没有这个任务 / no such job", false), "没有这个任务");
  assert.equal(half("没有这个任务 / no such job", true), "no such job");
  assert.equal(half("a.csv 里没有任何数据。 a.csv holds no rows.", false), "a.csv 里没有任何数据。");
  assert.equal(half("a.csv 里没有任何数据。 a.csv holds no rows.", true), "a.csv holds no rows.");
  assert.equal(half("只有中文", true), "只有中文");
});

test("options of the command line become fields of the page", () => {
  const text = "a.csv 没有写明坐标系，请用 --crs 指定（例如 --crs EPSG:4549）。 a.csv does not say its coordinate system; name it, for example --crs EPSG:4549.";
  assert.equal(spoken(text, false), "a.csv 没有写明坐标系，请在“坐标系”中选择。");
  assert.equal(spoken(text, true), "a.csv does not say its coordinate system: choose it under “CRS”.");
  assert.ok(!spoken("! 坐标可能是 GCJ-02：…。如属实，请用 --crs gcj02 重新导入；本次未作改动。", false).includes("--"));
});

test("bytes are told in units people know", () => {
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(1536), "1.5 KB");
  assert.equal(bytes(2 ** 31), "2.0 GB");
});
