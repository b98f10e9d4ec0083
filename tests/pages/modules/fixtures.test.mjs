import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { decode } from "../../../frontend/static/frontend/decode.js";

const HERE = new URL("../vendor/mvt-fixtures/", import.meta.url);
const DISPUTED = ["057"]; // called valid: one place, and a command that promises half a milliard
/** Invalid, and read all the same: what is missing is empty or as usual, what is unknown is passed over. */
const FORGIVEN = [
  "003", "004", "006", "007", "008", "010", "011", "012", "014", "015", "023", "024", "026", "030", "046",
  "047", "048", "061",
];

class Point {
  constructor(x, y) {
    Object.assign(this, { x, y });
  }
}
const json = (name, file) => JSON.parse(readFileSync(new URL(`${name}/${file}`, HERE)));
const decoded = (name) => decode(new Uint8Array(readFileSync(new URL(`${name}/tile.mvt`, HERE))), 4096, Point);

/** The properties of a feature as the fixture's own JSON has them. */
function meant({ tags = [] }, { keys, values }) {
  const value = ([[kind, said]]) => (kind === "string_value" ? String(said) : kind === "float_value" ? Math.fround(said) : said);
  const pairs = [];
  for (let at = 0; at < tags.length; at += 2) pairs.push([keys[tags[at]], value(Object.entries(values[tags[at + 1]]))]);
  return Object.fromEntries(pairs);
}

test("Mapbox's fixtures: the valid are read for what they say", { skip: !existsSync(HERE) }, () => {
  const valid = readdirSync(HERE).filter((name) => json(name, "info.json").validity.v2 && !DISPUTED.includes(name));
  assert.equal(valid.length, 45);
  for (const name of valid) {
    const { layers = [] } = json(name, "tile.json");
    const found = decoded(name);
    assert.deepEqual([...found.keys()], layers.map((layer) => layer.name), name);
    for (const layer of layers) {
      const features = found.get(layer.name);
      assert.deepEqual(features.map(({ props }) => props), layer.features.map((one) => meant(one, layer)), name);
      for (const { geom } of features) assert.ok(geom.length > 0 && geom.every((part) => part.length > 0), name);
    }
  }
});

test("Mapbox's fixtures: of the invalid, what cannot be read is refused by RangeError", { skip: !existsSync(HERE) }, () => {
  const invalid = readdirSync(HERE).filter((name) => !json(name, "info.json").validity.v2 || DISPUTED.includes(name));
  for (const name of invalid) {
    if (FORGIVEN.includes(name)) assert.ok(decoded(name) instanceof Map, name);
    else assert.throws(() => decoded(name), RangeError, name);
  }
});
