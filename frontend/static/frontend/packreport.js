/** How a problem with a place of a pack is told: to whom, by which number, in which words, as `layers/report.py`. Pure.
 *
 * A test holds both to each other. */

const LOCAL = 2; // of the areas around a place, the smallest are named
const [BODIES, CODED] = [["builder", "owner"], ["code", "fence_code"]];
const PLAIN = /^(?!.*\.(?:json|png|svg|pdf|atom)$)[\p{L}\p{N}_.-]{1,100}$/iu; // what a link can be made of, as layers/onward.py

/** What `report.js` shows of a card; null of a pack that does not say where to call. */
export function reportOf(pack, card) {
  if (!pack.hotline) return null;
  const link = pack.site + shareOf(pack, card);
  return { responsible: [...bodiesOf(card), ...officesOf(card)], hotline: pack.hotline, text: sentence(card, link), text_en: sentenceInEnglish(card, link) };
}

/** The path of a place's link: its code where that names it alone, else layer and number. */
export function shareOf(pack, { layer, id, rows }) {
  const named = pack.layers.get(layer)?.named;
  const code = (named && rows.find(({ key }) => key === named)?.value) || "";
  return `/p/${encodeURIComponent(PLAIN.test(code) ? code : `${layer}:${id}`)}`;
}

const bodiesOf = ({ rows }) => rows.filter(({ key }) => BODIES.includes(key)).map(({ title, title_en, value, value_en }) => ({ title, title_en, value, value_en }));
const areasOf = (places) => places.filter(({ layer }) => layer === "areas").slice(-LOCAL);
const titlesOf = (places) => places.map(({ title }) => title).join(" · ");
const titlesInEnglish = (places) => places.map(({ title, title_en }) => title_en || title).join(" · ");
const codesOf = ({ rows, title }) => rows.filter(({ key, value }) => CODED.includes(key) && value !== title);

function officesOf(card) {
  const chain = [...card.within, card];
  const grids = chain.filter(({ layer }) => layer === "grids").slice(-1);
  return [["属地", "Local office", areasOf(chain)], ["责任网格", "Unit grid", grids]].filter(([, , parts]) => parts.length)
    .map(([title, title_en, parts]) => ({ title, title_en, value: titlesOf(parts), value_en: titlesInEnglish(parts) }));
}

function sentence(card, link) {
  const what = [card.layer_title, ...codesOf(card).map(({ title, value }) => `${title} ${value}`)].join("，");
  const at = `${card.lat >= 0 ? "北纬" : "南纬"} ${Math.abs(card.lat).toFixed(5)}°、${card.lon >= 0 ? "东经" : "西经"} ${Math.abs(card.lon).toFixed(5)}°（CGCS2000）`;
  return `问题地点：${[`${card.title}（${what}）`, titlesOf(areasOf(card.within)), at].filter(Boolean).join("，")}\n${link}\n问题：`;
}

function sentenceInEnglish(card, link) {
  const what = [card.layer_title_en, ...codesOf(card).map(({ title_en, value }) => `${title_en} ${value}`)].join(", ");
  const at = `${Math.abs(card.lat).toFixed(5)}° ${card.lat >= 0 ? "N" : "S"} ${Math.abs(card.lon).toFixed(5)}° ${card.lon >= 0 ? "E" : "W"} (CGCS2000)`;
  return `Place: ${[`${card.title_en || card.title} (${what})`, titlesInEnglish(areasOf(card.within)), at].filter(Boolean).join(", ")}\n${link}\nProblem: `;
}
