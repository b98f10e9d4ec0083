import assert from "node:assert/strict";
import { test } from "node:test";
import { distanceToLine, lettersAlong, lengthOf, roomiest, shifted, within } from "../../../frontend/static/frontend/geometry.js";
import { words } from "../../../frontend/static/frontend/letters.js";
import { pick } from "../../../frontend/static/frontend/pick.js";
import { dressed } from "../../../frontend/static/frontend/style.js";

const points = (...pairs) => pairs.map(([x, y]) => ({ x, y }));
const boxOf = (some) => {
  const [xs, ys] = [some.map(({ x }) => x), some.map(({ y }) => y)];
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
};
const square = (x, y, side) => points([x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]);

test("a line moves to its right, corners included, and a hairpin grows no spike", () => {
  assert.deepEqual(shifted(points([0, 0], [10, 0]), 4), points([0, 4], [10, 4])); // east: the right is south, y grows
  const corner = shifted(points([0, 0], [10, 0], [10, 10]), 2)[1];
  assert.ok(Math.abs(corner.x - 8) < 1e-9 && Math.abs(corner.y - 2) < 1e-9);
  for (const point of shifted(points([0, 0], [10, 0], [0, 0.1]), 4)) assert.ok(Math.hypot(point.x - 5, point.y) < 20);
  assert.ok(shifted(points([0, 0], [0, 0], [5, 0]), 3).every(({ x, y }) => Number.isFinite(x + y)));
});

test("a name stands inside what it names, even around a hole", () => {
  const ring = [square(0, 0, 100), square(20, 20, 60)];
  const spot = roomiest(ring);
  assert.ok(within(spot, ring));
  assert.equal(roomiest([points([0, 0], [1, 0], [2, 0], [0, 0])]), null); // no surface, no room
});

test("a pond as wide as its name is named, a narrower one is not; a river that goes on is", () => {
  const layer = { id: "water", style: { kind: "fill" } };
  const symbol = words(layer, { label: { field: "name", size: 10, repeat: 640 }, paint: {} }, {});
  class Point { constructor(x, y) { Object.assign(this, { x, y }); } }
  const named = (width, height) => {
    const piece = [[[0, 0], [width, 0], [width, height], [0, height], [0, 0]].map(([x, y]) => new Point(x, y))];
    const scratch = { measureText: (text) => ({ width: text.length * 10 }) };
    return Boolean(symbol.place({ zoom: 13, scratch }, piece, { props: { name: "莲花塘" } }));
  };
  assert.deepEqual([named(40, 40), named(15, 15), named(15, 300), named(3, 300)], [true, false, true, false]);
});

test("letters follow a line from left to right whatever its direction", () => {
  const line = points([100, 0], [0, 0]);
  const letters = lettersAlong(line, [10, 10, 10], 50, true);
  assert.deepEqual(letters.map(({ x }) => x), [40, 50, 60]);
  assert.ok(letters.every(({ angle }) => Math.abs(angle) < 1e-9));
  assert.equal(lettersAlong(line, [60, 60], 50, true), null);
});

test("Chinese on a steep street runs down it with upright letters", () => {
  for (const line of [points([0, 0], [0, 100]), points([0, 100], [0, 0])]) {
    const letters = lettersAlong(line, [10, 10], 50, true);
    assert.deepEqual(letters.map(({ y }) => y), [45, 55]);
    assert.ok(letters.every(({ angle }) => Math.abs(angle) < 1e-9));
  }
});

test("no letters where the street turns", () => {
  const line = points([0, 0], [50, 0], [50, 50]);
  assert.equal(lettersAlong(line, [20, 20, 20], lengthOf(line) / 2, true), null);
});

test("distances to lines", () => {
  assert.equal(distanceToLine({ x: 5, y: 3 }, points([0, 0], [10, 0])), 3);
  assert.equal(distanceToLine({ x: 13, y: 4 }, points([0, 0], [10, 0])), 5);
});

test("a finger takes the point before the line before the surface, and the smaller surface first", () => {
  const layer = (id, kind, order) => dressed({ id, min_zoom: 0, style: {
    kind, order, classes: [{ values: [], title: id, title_en: id, paint: { width: 4, radius: 6 } }],
  } });
  const layers = [layer("parks", "fill", 1), layer("roads", "line", 2), layer("stops", "point", 3)];
  const feature = (id, geomType, geom) => ({ id, geomType, geom, bbox: boxOf(geom.flat()), props: {} });
  const tile = new Map([
    ["parks", [feature(1, 3, [square(0, 0, 100)]), feature(2, 3, [square(40, 40, 20)])]],
    ["roads", [feature(3, 2, [points([0, 52], [100, 52])])]],
    ["stops", [feature(4, 1, [points([56, 50])]), feature(4, 1, [points([56, 50])])]],
    ["secret", [feature(5, 1, [points([50, 50])])]],
  ]);
  const looking = { scale: 1, zoom: 16, shows: () => true };
  const hits = pick(tile, layers, { x: 50, y: 50 }, looking);
  assert.deepEqual(hits.map(({ layer: name, id }) => `${name}:${id}`), ["stops:4", "roads:3", "parks:2", "parks:1"]);
  assert.deepEqual(pick(tile, layers, { x: 50, y: 50 }, { ...looking, shows: () => false }), []);
  assert.deepEqual(pick(tile, layers, { x: 150, y: 150 }, looking), []);
});

test("what is beside a line is found however the line bends and is moved aside", () => {
  let seed = 7;
  const any = (most) => (seed = (seed * 16807) % 2147483647) % most;
  const kerb = dressed({ id: "kerb", min_zoom: 0, style: {
    kind: "line", order: 0, offset: { field: "side", values: { left: -6, right: 6 }, otherwise: 0 },
    classes: [{ values: [], title: "kerb", title_en: "kerb", paint: { width: 3 } }],
  } });
  const everywhere = { minX: -Infinity, minY: -Infinity, maxX: Infinity, maxY: Infinity };
  let found = 0;
  for (let round = 0; round < 600; round++) {
    const line = points(...Array.from({ length: 2 + any(5) }, () => [any(60), any(60)]));
    const feature = { id: 1, geomType: 2, geom: [line], bbox: boxOf(line), props: { side: ["left", "right", "no"][any(3)] } };
    const hits = (one) => pick(new Map([["kerb", [one]]]), [kerb], { x: any(80) - 10, y: any(80) - 10 },
      { scale: 1, zoom: 18, shows: () => true }).length;
    const before = seed;
    const near = hits(feature);
    seed = before;
    assert.equal(near, hits({ ...feature, bbox: everywhere }));
    found += near;
  }
  assert.ok(found > 100 && found < 500, `${found} of 600`);
});
