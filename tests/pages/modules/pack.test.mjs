/** A pack read and asked: a street with two houses, a crossing, a grid; north is up, a tenth of a thousandth a step. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { askable, findInPack, normal } from "../../../frontend/static/frontend/asked.js";
import { packedNear } from "../../../frontend/static/frontend/packnear.js";
import { cover } from "../../../frontend/static/frontend/cover.js";
import { footOn, packedCard, packedSpot, readPack } from "../../../frontend/static/frontend/packed.js";

const [W, S] = [120, 31];
const at = (x, y) => [W + x / 1e4, S + y / 1e4];
const square = (x, y, side) => ({ type: "Polygon", coordinates: [[at(x, y), at(x + side, y), at(x + side, y + side), at(x, y + side), at(x, y)]] });
const layer = (id, fields, rows, more) => ({ ...more, part: "layer", id, title: id, title_en: id, fields: fields.map((key) => [key, key, key, ""]), rows });
const PARTS = [
  { part: "about", title: "北里", made: "2026-11-22T13:00:00+08:00", ends: "2026-11-24T13:00:00+08:00", outline: square(0, 0, 20).coordinates, tiles: ["roads"], rooms: true },
  layer("segments", ["name", "code"], [[1, ...at(5, 5), "华银坊", { type: "LineString", coordinates: [at(0, 5), at(10, 5)] }, ["华银坊", "0412"]]], { kind: "line" }),
  layer("zoning", ["zone", "side"], [
    [1, ...at(5, 5), "华银坊", { type: "LineString", coordinates: [at(0, 5), at(10, 5)] }, [["严禁区", "no", "forbidden"], ["左侧", "left", "left"]]],
    [2, ...at(5, 5), "华银坊", { type: "LineString", coordinates: [at(0, 5), at(10, 5)] }, [["控制区", "ok", "controlled"], ["右侧", "right", "right"]]],
  ]),
  layer("buildings", ["address"], [[7, ...at(2, 7), "", square(1, 6, 2), ["华银坊163号"]], [8, ...at(6, 7), "", square(5, 6, 2), ["华银坊165号"]]]),
  layer("addresses", ["doorplate"], [[21, ...at(2, 7), "华银坊163号", 0, ["华银坊163号"]], [22, ...at(6, 7), "华银坊165号", 0, ["华银坊165号"]]]),
  layer("grids", ["name", "person"], [[3, ...at(5, 5), "北里第1网格", square(0, 0, 20), ["北里第1网格", "张网格"]]]),
  layer("facilities", ["kind", "code", "features", "capacity"], [
    [9, ...at(2, 5), "", 0, [["井盖", "Manhole", "manhole"], "0102-0007", 0]],
    ...[[31, 3.5], [32, 9], [33, 12]].map(([id, x]) => [id, ...at(x, 13), "", 0, [["公厕", "Toilet", "toilet"], 0, id === 31 ? ["有纸、无障碍", "Paper, Accessible", ["paper", "accessible"]] : 0, id === 31 ? ["8", "8", null, "个厕位", "cabins"] : "4"]]),
  ], { turns: [[31, 0, 0, [360, 1320, 1800, 2760]], [32, 1, 0, []], [33, 0, 0, []]] }),
  layer("fences", ["purpose"], [[41, ...at(8, 8), "晨市", 0, [["临时市场", "Market", "temporary-market"]]], [42, ...at(8, 8), "禁停", 0, [["禁停", "No parking", "no-parking"]]]],
    { turns: [[41, 1, 0, []], [42, 1, 1, []]] }),
  { part: "also", rows: { market: ["temporary-market", "vending"] } },
  { part: "apps", rows: ["one", "two", "three"].map((app) => [app, app, app, "GCJ-02", "app:{gcj_lon},{gcj_lat}?name={name}"]) },
  { part: "names", rows: [["华银坊", "huayinfang", "hyf"], ["新桥路", "xinqiaolu", "xql"], ["民安花苑", "minanhuayuan", "mahy"], ["知行里", "zhixingli", "zxl", "zhihangli", "zhl"]] },
  { part: "keys", id: "addresses", rows: [[21, 0, "163"], [22, 0, "165"], [22, 3, "4"]] },
  { part: "keys", id: "buildings", rows: [[7, 0, "163"], [7, 2, "3"], [8, 0, "165"], [8, 2, ""]] },
  { part: "crossings", rows: [[0, 1, ...at(10, 5), "华银坊与新桥路路口"]] },
  { part: "heads", rows: [[1, [{ level: 5, title: "巡查员", name: "李段长", phone: "000" }]]] },
  { part: "rooms", rows: [[7, 701, 8, "1单元", "801"], [7, 702, 7, "1单元", "701"], [7, 703, 5, "2单元", "502"], [7, 705, 5, "1单元", "502"], [8, 704, 5, "", "502"]] },
  { part: "end", rows: 7 },
];
const text = PARTS.map((part) => JSON.stringify(part)).join("\n");
const pack = askable(readPack(text));
const [lng, lat] = at(2, 7);
const first = (line) => findInPack(pack, line, { lat, lng })[0] ?? {};

test("a pack that was cut off is none", () => {
  assert.throws(() => readPack(text.slice(0, text.lastIndexOf("\n"))), RangeError);
});

test("doors, rooms, crossings, gates, codes, initials are found as one says them", () => {
  assert.equal(normal("华银坊 一百六十三号"), "华银坊163号");
  assert.deepEqual([first("华银坊163号").layer, first("华银坊165").title], ["addresses", "华银坊165号"]);
  for (const line of ["华银坊163号801", "华银坊163号 8层801室", "华银坊163-801", "华银坊１６３号1单元801", "华银坊一六三号801"]) {
    assert.deepEqual([first(line).layer, first(line).id, first(line).room], ["buildings", 7, "801"], line);
  }
  assert.deepEqual([first("民安花苑3号楼 502").id, first("3号楼502").id, first("3号楼502").room], [7, 7, "502"]);
  assert.deepEqual([first("801").layer, first("801").id], ["rooms", 701]);
  assert.equal(first("新桥路与华银坊路口").title, "华银坊与新桥路路口");
  assert.equal(first("华银坊与新").title, "华银坊与新桥路路口");
  assert.match(first("民安花苑北门").title, /民安花苑北门/);
  assert.ok(first("民安花苑北门").lat > lat);
  assert.deepEqual([first("hyf").title, first("0412").layer, first("0102-0007").id, first("北里第").layer], ["华银坊163号", "segments", 9, "grids"]);
  assert.deepEqual(findInPack(pack, "不在这里", { lat, lng }), []);
});

test("a name read in two ways is found by either, and told once", () => {
  for (const line of ["zhixing", "zhihang", "zxl4", "zhl4", "知行里4号"]) assert.deepEqual(findInPack(pack, line, { lat, lng }).map(({ id }) => id), [22], line);
});

test("rooms of one number are told apart by their houses", () => {
  const rooms = findInPack(pack, "502", { lat, lng }).filter(({ layer: id }) => id === "rooms");
  assert.deepEqual(rooms.map(({ id, subtitle }) => [id, subtitle]), [[703, "华银坊163号 · 2单元"], [705, "华银坊163号 · 1单元"], [704, "华银坊165号"]]);
  const said = Object.fromEntries(packedCard(pack, { layer: "rooms", id: 705 }).rows.map(({ key, value }) => [key, value]));
  assert.deepEqual(said, { building_address: "华银坊163号", unit_name: "1单元", floor: "5" });
});

test("one wrong character in a name is a guess, and no digit is taken for another", () => {
  for (const line of ["华银访163号801", "华坊163号801", "华银坊坊163号801", "银华坊163号801", "北里区华银访１６３号801", "HUAYIFANG163号801"]) {
    const hit = first(line);
    assert.deepEqual([hit.layer, hit.id, hit.room, hit.assumed], ["buildings", 7, "801", "spelling"], line);
  }
  assert.deepEqual([first("民按花苑3号楼502").room, first("民按花苑3号楼502").assumed], ["502", "spelling"]);
  assert.match(first("民按花苑北门").title, /民安花苑北门/);
  for (const line of ["新桥路与华银访路口", "华银访与新桥路口", "华银坊新侨路交叉口"]) {
    assert.deepEqual([first(line).title, first(line).assumed], ["华银坊与新桥路路口", "spelling"], line);
  }
  for (const line of ["华银坊163号", "hyf", "hyf163", "华银坊与新", "0102-0007"]) assert.equal(first(line).assumed, undefined, line);
  assert.equal(first("hyf163").title, "华银坊163号");
  for (const line of ["0102-0008", "0413", "坊银", "花银妨163号", "不在这里"]) assert.deepEqual(findInPack(pack, line, { lat, lng }), [], line);
});

test("a spot tells side, metre, zone of its side, house by floor, who answers; beyond the pack nothing", () => {
  const spot = packedSpot(pack, lng, lat);
  assert.deepEqual([spot.grid.title, spot.address.title, spot.building.id], ["北里第1网格", "华银坊163号", 7]);
  assert.deepEqual(spot.building.rooms.map(({ floor }) => floor), [8, 7, 5]);
  assert.deepEqual([spot.segment.way, Math.round(spot.segment.metre), spot.segment.heads[0].name], [0, 19, "李段长"]);
  assert.deepEqual(spot.zoning.map(({ id }) => id), [1]);
  assert.deepEqual(packedSpot(pack, ...at(2, 4)).zoning.map(({ id }) => id), [2]);
  assert.equal(spot.facilities[0].code, "0102-0007");
  assert.equal(packedSpot(pack, ...at(30, 30)), null);
  assert.equal(footOn([at(0, 0), at(0, 10)], ...at(3, 5)).side, "right");
});

test("what is near is told with whether it is open at the hour, the nearest first", () => {
  const topic = { kinds: ["toilet"], features: [], canBeShut: true };
  const find = (more) => ({ features: [], all: false, at: null, ...more });
  const near = (more, now) => packedNear(pack, topic, find(more), { origin: { lon: lng, lat } }, now).items.map(({ id }) => id);
  const [noon, midnight] = [Date.parse("2026-11-22T14:00+08:00"), Date.parse("2026-11-22T23:30+08:00")];
  assert.deepEqual([near({}, noon), near({}, midnight), near({ all: true }, midnight)], [[31, 32], [32], [31, 32, 33]]);
  assert.deepEqual([near({ at: "2026-11-22T21:59" }, noon), near({ at: "2026-11-22T22:00" }, noon)], [[31, 32], [32]]);
  assert.deepEqual(near({ features: ["paper"] }, noon), [31]);
  const { items: [nearest], packed } = packedNear(pack, topic, find(), { origin: { lon: lng, lat } }, noon);
  assert.deepEqual([packed, nearest.until, nearest.metres, nearest.minutes], [pack.made, "22:00", 68, 2]);
  const market = packedNear(pack, { ...topic, kinds: ["market"] }, find(), { origin: { lon: lng, lat } }, noon).items;
  assert.deepEqual(market.map(({ layer, id, kind_title }) => [layer, id, kind_title]), [["fences", 41, "临时市场"]]);
  assert.equal(packedNear(pack, { name: "works" }, find(), { origin: { lon: lng, lat } }, noon), null);
  const card = packedCard(pack, { layer: "facilities", id: 31 });
  assert.deepEqual([card.layer_title, card.handover.length], ["facilities", 3]);
  const counted = card.rows.find(({ key }) => key === "capacity");
  assert.deepEqual([counted.value, counted.unit, counted.unit_en, nearest.capacity], ["8", "个厕位", "cabins", 8]);
  assert.equal(packedCard(pack, { layer: "facilities", id: 32 }).rows.find(({ key }) => key === "capacity").unit, "");
});

test("a place is handed over, a line is not", () => {
  assert.deepEqual(packedSpot(pack, lng, lat).handover.map(({ app }) => app), ["one", "two", "three"]);
  assert.deepEqual([packedCard(pack, { layer: "segments", id: 1 }).handover, packedCard(pack, { layer: "rooms", id: 701 }).handover.length], [[], 3]);
});

test("cards are told of rows and rooms that there are", () => {
  assert.deepEqual(packedCard(pack, { layer: "segments", id: 1 }).rows.at(-1).value, "李段长 巡查员 000");
  assert.deepEqual([packedCard(pack, { layer: "rooms", id: 701 }).title, packedCard(pack, { layer: "rooms", id: 999 })], ["801", null]);
  assert.equal(packedCard(pack, { layer: "pipes", id: 1 }), null);
});

test("the tiles over a piece hold all of it and no far ones", () => {
  const tiles = cover(pack.outline);
  assert.deepEqual([tiles[0][0], tiles.at(-1)[0]], [2, 18]);
  assert.equal(new Set(tiles.map(String)).size, tiles.length);
  assert.ok(tiles.length > 17 && tiles.length < 60, String(tiles.length));
});
