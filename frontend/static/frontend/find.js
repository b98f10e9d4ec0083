/** What a line in the search box may mean: an address as people say it, and places by name. */

import { findNamed } from "./search.js";

const ENOUGH = 2; // characters; before that an address is not one
const MOST = 3;
const keyOf = ({ layer, id, lat, lon }) => (layer ? `${layer}:${id}` : `${lat},${lon}`);

/** Suggestions: the address first when it is sure, else after the names. */
export async function findAnything(text, near, signal) {
  const [named, placed] = await Promise.all([findNamed(text, near, signal), located(text, signal)]);
  const room = placed.understood?.find(({ part }) => part === "room")?.text.replace(/[室房]$/, "");
  const exact = placed.results.map((one) => ({ ...asSuggestion(one), room }));
  const all = placed.sure ? [...exact, ...named] : [...named, ...exact];
  const seen = new Set();
  return all.filter((one) => !seen.has(keyOf(one)) && seen.add(keyOf(one)));
}

/** Places by name; where none bears it, what the line is as an address: a door that is on no record lies between two that are. */
export async function findNamedOrPlaced(text, near, signal) {
  const named = await findNamed(text, near, signal);
  return named.length ? named : (await located(text, signal)).results.map(asSuggestion);
}

async function located(text, signal) {
  if (text.length < ENOUGH) return { sure: false, results: [] };
  const answer = await fetch(`/api/locate?${new URLSearchParams({ q: text, limit: MOST })}`, { signal });
  return answer.ok ? answer.json() : { sure: false, results: [] };
}

const asSuggestion = (found) => ({
  ...found, layer_title: found.precision_title, layer_title_en: found.precision_title_en,
  subtitle: found.assumed.map(({ title }) => title).join(" · "),
  subtitle_en: found.assumed.map(({ title_en: words }) => words).join(" · "),
});
