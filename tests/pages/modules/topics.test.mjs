import assert from "node:assert/strict";
import { test } from "node:test";
import { nothingChosen } from "../../../frontend/static/frontend/state.js";
import { later, now, topicOf } from "../../../frontend/static/frontend/topics.js";

const spot = { origin: { lon: 120.5, lat: 31.5 }, bbox: [120, 31, 121, 32], layers: ["works"], today: "2026-02-27" };
const known = new Map([["facilities", { style: { classes: [{ values: ["park", "museum"], paint: { glyph: "star" } }, { values: [], paint: {} }] } }]]);

const asked = (find) => new URL(topicOf(find.topic, known).url(find, spot), "http://map").searchParams;

test("a toilet is asked for open and near, unless one wants the shut ones too", () => {
  const query = asked({ ...nothingChosen("toilet"), features: ["paper"] });
  assert.deepEqual(Object.fromEntries(query), {
    kind: "toilet", lon: "120.500000", lat: "31.500000", limit: "40", open: "1", features: "paper",
  });
  assert.equal(asked({ ...nothingChosen("toilet"), all: true }).get("open"), null);
});

test("works are asked for by days; a street by its name wherever it is, else what lies around the view", () => {
  const query = asked(nothingChosen("works"));
  assert.equal(query.get("from"), "2026-02-27");
  assert.equal(query.get("to"), "2026-03-30");
  assert.equal(query.get("bbox"), "119.00000,30.00000,122.00000,33.00000");
  const road = asked({ ...nothingChosen("works"), road: "北环路", to: "2026-06-30" });
  assert.equal(road.get("bbox"), null);
  assert.equal(road.get("to"), "2026-06-30");
});

test("any kind of the legend is a topic; what is none is null", () => {
  assert.equal(asked(nothingChosen("facilities.0")).get("kind"), "park,museum");
  for (const name of ["facilities.1", "facilities.9", "pipes.0", "nonsense", "constructor"]) assert.equal(topicOf(name, known), null);
});

test("days go over the ends of months, and now is the city's", () => {
  assert.equal(later("2026-12-31", 1), "2027-01-01");
  assert.equal(now("Asia/Shanghai", new Date("2026-03-01T23:05Z")), "2026-03-02T07:05");
});
