/** What is near and open out of a pack, as `/api/near` answers: the list of toilets, bins, markets with the network off. Pure. */

import { factsOf, metresTo } from "./packed.js";
import { standing } from "./turns.js";

const MOST = 40;
const [DETOUR, PER_MINUTE] = [1.3, 75]; // as layers/items.py
const [FACILITIES, FENCES] = ["facilities", "fences"];

/** The answer to a topic of `topics.js`, null for one that a pack has nothing for. `at` is an instant in milliseconds. */
export function packedNear(pack, topic, find, { origin }, now = Date.now()) {
  if (!topic.kinds) return null;
  const at = find.at ? Date.parse(`${find.at}:00+08:00`) : now;
  const wanted = new Set(topic.kinds.flatMap((kind) => [kind, ...(pack.also[kind] ?? [])]));
  const markets = new Set(Object.values(pack.also).flat());
  const onlyOpen = topic.canBeShut && !find.all;
  const lines = [
    ...linesOf(pack, FACILITIES, "kind", (kind) => wanted.has(kind), { at, origin }),
    ...(find.features.length ? [] : linesOf(pack, FENCES, "purpose", (kind) => wanted.has(kind) && markets.has(kind), { at, origin })),
  ].filter((line) => (!onlyOpen || line.open === true) && find.features.every((code) => line.features.some((one) => one.code === code)));
  lines.sort((a, b) => a.metres - b.metres);
  return { items: lines.slice(0, MOST), more: lines.length > MOST, packed: pack.made };
}

function linesOf(pack, layer, by, isWanted, asked) {
  const held = pack.layers.get(layer);
  const place = held?.fields.findIndex(([key]) => key === by) ?? -1;
  if (place < 0) return [];
  return [...held.rows.values()].filter(({ values }) => isWanted(values[place]?.[2])).map((row) => lineOf(pack, row, by, asked));
}

function lineOf(pack, row, by, { at, origin }) {
  const facts = Object.fromEntries(factsOf(pack, row).map((fact) => [fact.key, fact]));
  const [kind, metres] = [facts[by], Math.round(metresTo(row, origin.lon, origin.lat))];
  return {
    layer: row.layer, id: row.id, title: row.title || kind.value, title_en: facts.name_en?.value ?? (row.title || kind.value_en),
    kind: kind.raw, kind_title: kind.value, kind_title_en: kind.value_en, lon: row.lon, lat: row.lat,
    metres, minutes: Math.max(1, Math.ceil((metres * DETOUR) / PER_MINUTE)),
    hours: facts.hours?.value ?? null, hours_en: facts.hours?.value_en ?? null, ...standing(pack, row, at),
    features: offered(facts.features), capacity: Number(facts.capacity?.value) || null, free: null, address: facts.address?.value ?? "", address_en: facts.address?.value_en ?? "",
  };
}

/** A list told in words, with its codes. */
function offered(fact) {
  const [words, words_en] = [fact?.value.split("、") ?? [], fact?.value_en.split(", ") ?? []];
  return (fact?.raw ?? []).map((code, i) => ({ code, title: words[i] ?? code, title_en: words_en[i] ?? code }));
}
