/** What a line in the search box may mean: an address as people say it, and places by name. */

import { findNamed } from "./search.js";

const ENOUGH = 2; // characters; before that an address is not one
const MOST = 3;
const SAID = ["road", "number", "place", "block", "sub_place"];
const DOOR = /[\d门]/; // a name alone says nothing more than the title
const BETWEEN_SIGNS = / (?=[^ -~])|(?<=[^ -~]) /g; // Chinese needs no blanks, No. 12 Tinglan Road does
const keyOf = ({ layer, id, lat, lon }) => (layer ? `${layer}:${id}` : `${lat},${lon}`);

/** Suggestions: the address first when it is sure, else after the names. */
export async function findAnything(text, near, signal) {
  const [named, placed] = await Promise.all([findNamed(text, near, signal), located(text, near, signal)]);
  const room = placed.understood?.find(({ part }) => part === "room")?.text.replace(/[室房]$/, "");
  const exact = placed.results.map((one) => ({ ...asSuggestion(one, placed.understood), room }));
  const houses = exact.length ? named : named.map((one) => (one.layer === "buildings" ? { ...one, room } : one)); // 3号楼502
  const all = placed.sure ? [...exact, ...named] : [...houses, ...exact];
  const seen = new Set();
  return all.filter((one) => !seen.has(keyOf(one)) && seen.add(keyOf(one)));
}

/** Places by name; where none bears it, what the line is as an address: a door that is on no record lies between two that are. */
export async function findNamedOrPlaced(text, near, signal) {
  const named = await findNamed(text, near, signal);
  return named.length ? named : asAddresses(text, near, signal);
}

async function asAddresses(text, near, signal) {
  const { results, understood } = await located(text, near, signal);
  return results.map((one) => asSuggestion(one, understood));
}

async function located(text, near, signal) {
  if (text.length < ENOUGH) return { sure: false, results: [] };
  const asked = new URLSearchParams({ q: text, limit: MOST, lon: near.lng.toFixed(5), lat: near.lat.toFixed(5) });
  const answer = await fetch(`/api/locate?${asked}`, { signal });
  return answer.ok ? answer.json() : { sure: false, results: [] };
}

/** What it is, how far it is sure, and what was asked for where it is called otherwise: 锦帆路213号 is a shop's. */
function asSuggestion(found, understood) {
  const asked = understood.filter(({ part }) => SAID.includes(part)).map(({ text }) => text).join(" ").replace(BETWEEN_SIGNS, "");
  const other = found.title.startsWith(asked) || !DOOR.test(asked) ? "" : asked;
  return {
    ...found, layer_title: found.precision_title, layer_title_en: found.precision_title_en,
    subtitle: [other, ...found.assumed.map(({ title }) => title)].filter(Boolean).join(" · "),
    subtitle_en: [other, ...found.assumed.map(({ title_en: words }) => words)].filter(Boolean).join(" · "),
  };
}
