import assert from "node:assert/strict";
import { test } from "node:test";
import { format, parse } from "../../../frontend/static/frontend/state.js";
import { aligned, fitted, opening, position } from "../../../frontend/static/frontend/where.js";

test("the address is read and written the same way", () => {
  const search = "?on=roads,zoning:0.6&sel=pipe-nodes:123&f=facilities.0&lang=en";
  const hash = "#16.20/31.23930/121.49970";
  const state = parse(search, hash);
  assert.deepEqual([...state.on], [["roads", 1], ["zoning", 0.6]]);
  assert.deepEqual(state.sel, { layer: "pipe-nodes", id: 123 });
  assert.deepEqual(state.only, { layer: "facilities", id: 0 });
  assert.deepEqual(state.view, { zoom: 16.2, lat: 31.2393, lon: 121.4997 });
  assert.equal(format(state), search + hash);
});

test("an empty address says nothing, and no layer is not the same as no choice", () => {
  assert.deepEqual(parse("", ""), {
    on: null, img: null, sel: null, here: null, only: null, find: null, shape: null, day: null, lang: null, view: null,
  });
  assert.equal(parse("?on=", "").on.size, 0);
  assert.equal(format({ on: new Map() }), "?on=");
});

test("images under the map are in the address by their numbers", () => {
  const search = "?img=7:0.5,12";
  assert.equal(format(parse(search, "")), search);
  assert.equal(parse("?img=x,0,-1,7:3", "").img, null);
});

test("what is looked for, by when and where, is read and written the same way", () => {
  const search = "?here=31.23930,121.49970&show=facilities.3&with=paper,accessible&all=1&at=2026-03-01T07:00&road=%E5%8C%97%E7%8E%AF%E8%B7%AF";
  const { find, here } = parse(search, "");
  assert.deepEqual(here, { lat: 31.2393, lon: 121.4997 });
  assert.deepEqual(find, {
    topic: "facilities.3", features: ["paper", "accessible"], all: true, at: "2026-03-01T07:00", from: null, to: null, road: "北环路",
  });
  assert.equal(format({ find, here }), search);
  assert.equal(parse("?show=<b>&at=soon", "").find, null);
  assert.equal(parse("?show=works&from=soon&to=2026-13", "").find.from, null);
});

test("a shape that is asked about and the day are read and written the same way", () => {
  const search = "?shape=poly:31.27100,120.03000,0,300,200,0&day=2025-03-01";
  assert.equal(format(parse(search, "")), search);
  for (const shape of ["<b>", "poly:", `poly:${"1,".repeat(900)}1`]) assert.equal(parse(`?shape=${shape}&day=soon`, "").shape, null);
  assert.equal(parse("?day=soon", "").day, null);
});

test("nonsense is passed over", () => {
  assert.deepEqual([...parse("?on=roads:9,<b>,water:x,areas:0.5", "").on.keys()], ["areas"]);
  for (const sel of ["roads", "roads:", "roads:1;2", ":1", "roads:-1"]) assert.equal(parse(`?sel=${sel}`, "").sel, null);
  for (const hash of ["#", "#16", "#16/31", "#16/91/121", "#99/31/121", "#a/b/c", "#16//121"]) assert.equal(parse("", hash).view, null);
});

test("a box fits, and the first view is close enough to tell streets apart", () => {
  const size = { width: 390, height: 844 };
  const city = [121.48, 31.226, 121.521, 31.251];
  const spot = fitted(city, size);
  assert.ok(spot.zoom >= 13 && spot.zoom <= 14);
  assert.ok(Math.abs(spot.lat - 31.2385) < 1e-9);
  const layer = (bounds, kind) => ({ bounds, shown: true, style: { kind } });
  const manifest = { bounds: [73, 18, 135, 53], layers: [layer([73, 18, 135, 53], "line"), layer(city, "point")] };
  const first = opening(manifest, { width: 1920, height: 1080 });
  assert.ok(first.zoom >= 14 && Math.abs(first.lon - 121.5005) * 256 * 2 ** first.zoom < 360 * 130);
  assert.equal(opening({ bounds: null, layers: [] }, size).zoom, 5);
  assert.deepEqual(opening(manifest, size, city), fitted(city, size));
});

test("the first view touches as few tiles as it can, and moves by less than half of one", () => {
  const pixels = ({ lat, lon, zoom }) => {
    const up = Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
    return [((lon + 180) / 360) * 256 * 2 ** zoom, (0.5 - up) * 256 * 2 ** zoom];
  };
  const size = { width: 390, height: 844 };
  for (let step = 0; step < 60; step++) {
    const wanted = { lat: 31.2 + step * 0.0007, lon: 121.4 + step * 0.0011, zoom: 14 };
    const found = aligned(wanted, size);
    [390, 844].forEach((length, axis) => {
      const [middle, before] = [pixels(found)[axis], pixels(wanted)[axis]];
      const tiles = Math.floor((middle + length / 2) / 256) - Math.floor((middle - length / 2) / 256) + 1;
      assert.equal(tiles, Math.ceil(length / 256));
      assert.ok(Math.abs(middle - before) <= 128 + 2);
    });
  }
});

test("a position is understood in the forms people paste", () => {
  const bund = { lat: 31.2393, lon: 121.4997 };
  for (const text of ["31.2393, 121.4997", "121.4997,31.2393", "31.2393 121.4997", "N31.2393°, E121.4997°", "31.2393,121.4997"]) {
    assert.deepEqual(position(text), bund, text);
  }
  for (const text of ["陆家嘴", "31.2", "陆家嘴 31.2 121.4", "91.5, 31.1, 2.2"]) assert.equal(position(text), null, text);
});
