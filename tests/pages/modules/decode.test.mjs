import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../../../frontend/static/frontend/decode.js";

class Point {
  constructor(x, y) {
    Object.assign(this, { x, y });
  }
}
const field = (number, body) => [(number << 3) | 2, body.length, ...body];
const text = (said) => [...new TextEncoder().encode(said)];
const double = (number) => [...new Uint8Array(new Float64Array([number]).buffer)];
const minusOne = [...Array(9).fill(255), 1]; // an int64, as ten bytes
const values = [field(1, text("望江路")), [0x19, ...double(2.5)], [0x20, ...minusOne], [0x30, 3], [0x38, 1]];
const square = [9, 0, 0, 26, 200, 1, 0, 0, 200, 1, 199, 1, 0, 15]; // (0,0) (100,0) (100,100) (0,100), closed
const layer = (features) => field(3, [
  ...field(1, text("roads")), ...features,
  ...["name", "width", "level", "turn", "bridge"].flatMap((key) => field(3, text(key))),
  ...values.flatMap((value) => field(4, value)),
  0x28, 0x80, 0x20, 0x78, 2, // extent 4096, version 2
]);

test("properties of every kind, an id, and a ring that is closed and scaled", () => {
  const feature = field(2, [8, 172, 2, ...field(2, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]), 24, 3, ...field(4, square)]);
  const [road] = decode(new Uint8Array(layer(feature)), 512, Point).get("roads");
  assert.equal(road.id, 300);
  assert.equal(road.geomType, 3);
  assert.deepEqual(road.props, { name: "望江路", width: 2.5, level: -1, turn: -2, bridge: true });
  assert.deepEqual(road.geom, [[[0, 0], [12.5, 0], [12.5, 12.5], [0, 12.5], [0, 0]].map(([x, y]) => new Point(x, y))]);
  assert.deepEqual(road.bbox, { minX: 0, minY: 0, maxX: 12.5, maxY: 12.5 });
});

test("several points are parts of their own, several lines too", () => {
  const points = field(2, [24, 1, ...field(4, [17, 16, 16, 16, 16])]);
  const lines = field(2, [24, 2, ...field(4, [9, 0, 0, 10, 16, 0, 9, 0, 16, 10, 16, 0])]);
  const [two, both] = decode(new Uint8Array(layer([...points, ...lines])), 512, Point).get("roads");
  assert.deepEqual(two.geom, [[new Point(1, 1)], [new Point(2, 2)]]);
  assert.deepEqual(both.geom, [[new Point(0, 0), new Point(1, 0)], [new Point(1, 1), new Point(2, 1)]]);
});

test("no bytes are a tile without layers; bytes cut off are none", () => {
  assert.equal(decode(new Uint8Array(0), 512, Point).size, 0);
  assert.throws(() => decode(new Uint8Array(layer([]).slice(0, 20)), 512, Point), RangeError);
});
