import assert from "node:assert/strict";
import { test } from "node:test";
import { boxOf, MOST_CORNERS, placeShape, queryOf, shapeOf, squareMetres, textOf } from "../../../frontend/static/frontend/shapes.js";

test("a shape is read and written the same way, and asked about as it is", () => {
  const polygon = "poly:31.27100,120.03000,0,300,200,0,0,-300";
  assert.deepEqual(shapeOf(polygon).corners, [[31.271, 120.03], [31.271, 120.033], [31.273, 120.033], [31.273, 120.03]]);
  assert.deepEqual(queryOf(shapeOf(polygon)), {
    shape: "POLYGON((120.03000 31.27100,120.03300 31.27100,120.03300 31.27300,120.03000 31.27300,120.03000 31.27100))",
  });
  assert.deepEqual(queryOf(shapeOf("circle:31.27000,120.03000,250")), { lon: "120.03000", lat: "31.27000", reach: 250 });
  assert.deepEqual(queryOf(shapeOf("of:pipe-nodes:7:30")), { place: "pipe-nodes:7", reach: 30 });
  for (const text of [polygon, "circle:31.27000,120.03000,250", "of:areas:7", "of:roads:7:30"]) assert.equal(textOf(shapeOf(text)), text);
});

test("nonsense is no shape", () => {
  const many = `poly:${Array(2 * MOST_CORNERS + 2).fill(1).join(",")}`;
  for (const text of [null, "", "poly:", "poly:31,120", "poly:31,120,x,1,2,3", "poly:91,120,1,1,2,2", "poly:31,120,1,1,2", many, "circle:31,120", "circle:31,120,0",
    "circle:31,120,99999999", "circle:31,120,2.5", "of:roads", "of:roads:x", "of:roads:1:0", "of:<b>:1", "box:1,2,3,4"]) assert.equal(shapeOf(text), null, text);
});

test("corners drift by no more than they are rounded, however many there are", () => {
  const corners = Array.from({ length: MOST_CORNERS }, (_, i) => [31 + Math.sin(i / 16) / 300, 120 + Math.cos(i / 16) / 300]);
  const read = shapeOf(textOf({ kind: "poly", corners })).corners;
  read.forEach(([lat, lon], i) => assert.ok(Math.abs(lat - corners[i][0]) < 6e-6 && Math.abs(lon - corners[i][1]) < 6e-6));
  assert.ok(textOf({ kind: "poly", corners }).length < 1500);
});

test("boxes, corridors, and how large a surface is", () => {
  const box = boxOf([[31.273, 120.033], [31.271, 120.03]]);
  assert.ok(Math.abs(squareMetres(box) / (222.6 * 285.4) - 1) < 0.01);
  assert.equal(placeShape({ layer: "roads", id: 1, geometry: { type: "MultiLineString" } }).reach, 30);
  assert.equal(placeShape({ layer: "areas", id: 1, geometry: { type: "Polygon" } }).reach, null);
  assert.equal(textOf(placeShape({ layer: "facilities", id: 7, geometry: { type: "Point" } })), "of:facilities:7:100");
  assert.equal(textOf(placeShape({ lat: 31.27, lon: 120.03 })), "circle:31.27000,120.03000,100");
});
