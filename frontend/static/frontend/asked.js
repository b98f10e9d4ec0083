/** The search box without the network: names, doors, crossings, gates, rooms of a pack. Pure.
 *
 * What the server's parser would make of a line is more; here a name of the pack is looked for in it, and what follows the
 * name is read as number, house and room. Where no name fits, those one mistake away are guessed (`assumed`). */

import { crossingsNear, namesNear } from "./mistyped.js";
import { factsOf, holding, metresTo, nearest, ringsOf, rowOf } from "./packed.js";

const MOST = 10;
const MANY = 200; // names that are looked at closely: more are not told apart by a list of ten
const [SURE, GUESS] = [1, 2.5]; // how well a line matches: 0 whole, 1 begun, 2 held, 3 in part
const LATIN = /^([A-Z]{2,})(-?\d.*)?$/;
const [SIGNS, TENS] = ["零一二三四五六七八九", { 十: 10, 拾: 10, 百: 100, 佰: 100, 千: 1000, 仟: 1000 }];
const RUN = /[零〇一二两三四五六七八九十拾百佰千仟]+/g;
const NUMBER = /^-?(\d+[A-Z]?(?:弄\d+|[-附]\d+)?)号?(?:楼|院)?(.*)$/;
const HOUSE = /^-?(\d+|[A-Z])(?:号楼|幢|栋|座|楼)(.*)$/;
const GATE = /^(?:正|大)?([东南西北]{1,2})大?门/;
const JOIN = /^[与和及/、&]/;
const BEARINGS = { 东: [1, 0], 西: [-1, 0], 南: [0, -1], 北: [0, 1] };
const BESIDE_M = 40; // a door stands so far from its house

/** A line without widths, blanks and signs, numerals in digits: as the server's names are. */
export function normal(text) {
  const narrow = text.normalize("NFKC").toUpperCase().replace(/(\d)\s+(?=\d)/g, "$1-").replace(/[^\p{L}\p{N}-]+/gu, "");
  return narrow.replace(RUN, (run) => (run.length === 1 && run in TENS && run !== "十" ? run : valueOf(run)));
}

function valueOf(run) {
  const digit = (sign) => (sign === "〇" ? 0 : sign === "两" ? 2 : SIGNS.indexOf(sign));
  if (![...run].some((sign) => sign in TENS)) return [...run].map(digit).join("");
  let [total, pending] = [0, 0];
  for (const sign of run) {
    if (sign in TENS) [total, pending] = [total + (pending || 1) * TENS[sign], 0];
    else pending = digit(sign);
  }
  return String(total + pending);
}

/** A pack with codes among its names, and the titles of what the index of places does not hold; each with where it is. `begun` are
 * those that begin with a sign. */
export function askable(pack) {
  const known = new Set(pack.names.flatMap(({ ways }) => ways.map(({ layer }) => layer)));
  const more = new Map();
  const name = (term, row) => term && more.set(term, [...(more.get(term) ?? []), { layer: row.layer, id: row.id, number: "" }]);
  for (const [layer, { rows }] of pack.layers) {
    for (const row of layer === "zoning" ? [] : rows.values()) {
      if (!known.has(layer)) name(normal(row.title), row);
      name(normal(factsOf(pack, row).find(({ key }) => key === "code" || key === "fence_code")?.value ?? ""), row);
    }
  }
  const names = [...pack.names, ...[...more].map(([term, ways]) => ({ term, pinyin: "", initials: "", ways }))].map(({ term, pinyin, initials, ways }) => {
    const { lon = Infinity, lat = Infinity } = (ways.length && rowOf(pack, ways[0].layer, ways[0].id)) || {};
    return { term, pinyin, initials, ways, lon, lat };
  });
  const begun = new Map();
  for (const one of names) {
    const [sign = ""] = one.term;
    if (!begun.has(sign)) begun.set(sign, []);
    begun.get(sign).push(one);
  }
  return { ...pack, names, begun };
}

/** The names that begin with any sign of a text, each once. */
const begunIn = (pack, text) => [...new Set(text)].flatMap((sign) => pack.begun.get(sign) ?? []);

/** Suggestions out of the pack, as the server's: the best match first, then the nearest. */
export function findInPack(pack, text, { lat, lng }) {
  const line = normal(text);
  const exact = [...read(pack, line, lat, lng), ...crossed(pack, line), ...placed(pack, line), ...named(pack, line, lat, lng), ...numbered(pack, line, lat, lng)];
  const hits = exact.some(({ match }) => match <= SURE) ? exact : [...exact, ...guessed(pack, line)];
  const seen = new Set();
  const far = (hit) => metresTo(hit, lng, lat);
  const keyOf = ({ layer, id, title, room }) => (layer === "rooms" || !id ? `${layer}:${id}:${title}` : `${layer}:${title}:${room ?? ""}`);
  return hits.sort((a, b) => a.match - b.match || far(a) - far(b))
    .filter((hit) => !seen.has(keyOf(hit)) && seen.add(keyOf(hit))).slice(0, MOST);
}

/** What is meant if one character of the line is wrong. */
function guessed(pack, line) {
  const met = crossingsNear(pack, line).map(({ title, lon, lat }) => ({ ...NOWHERE, title, lon, lat, kind: "crossing" }));
  const named = namesNear(pack, line).flatMap(({ name, rest }) => followed(pack, name, rest));
  return [...met, ...named].map((hit) => ({ ...hit, match: GUESS, assumed: "spelling" }));
}

/** Names by pinyin or its initials, also with a door behind. */
function read(pack, line, lat, lng) {
  const [, letters, rest] = line.match(LATIN) ?? [];
  if (!letters) return [];
  const key = letters.toLowerCase();
  if (rest) return pack.names.filter(({ pinyin, initials }) => pinyin === key || initials === key).flatMap((name) => door(pack, name, rest));
  const found = pack.names.filter(({ pinyin, initials }) => pinyin.startsWith(key) || initials.startsWith(key));
  return some(found, ({ pinyin, initials }) => pinyin === key || initials === key, lat, lng).flatMap((name) => rowsOf(pack, name, "", name.initials === key || name.pinyin === key ? 1 : 2));
}

/** 新市街与新桥路口, and what it is while it is typed. */
function crossed(pack, line) {
  return pack.crossings.flatMap(({ one, other, lon, lat, title }) => {
    const match = [[one, other], [other, one]].map(([first, second]) => meets(line, first, second)).find((fit) => fit !== null);
    return match === undefined ? [] : [{ ...NOWHERE, title, lon, lat, match, kind: "crossing" }];
  });
}

function meets(line, first, second) {
  const at = line.indexOf(first);
  if (at < 0) return null;
  const rest = line.slice(at + first.length);
  const after = rest.replace(JOIN, "");
  if (after.startsWith(second)) return -1;
  return JOIN.test(rest) && second.startsWith(after.replace(/(交叉)?路?口?$/, "")) ? 0.5 : null;
}

/** A name and what follows it: 华银坊163号801, 民安花苑3号楼502, 民安花苑北门. */
function placed(pack, line) {
  const inside = begunIn(pack, line).filter(({ term }) => term.length > 1 && line.includes(term));
  const longest = inside.filter(({ term }) => !inside.some((other) => other.term.length > term.length && other.term.includes(term)));
  return longest.flatMap((name) => {
    const rest = line.slice(line.lastIndexOf(name.term) + name.term.length);
    return followed(pack, name, rest, line === name.term ? 0 : 2);
  });
}

/** A name with what follows it: nothing, a gate, a door. */
function followed(pack, name, rest, match = 0) {
  const gate = rest.match(GATE);
  if (gate) return gated(pack, name, gate[0], gate[1]);
  return rest ? door(pack, name, rest) : rowsOf(pack, name, "", match);
}

function door(pack, name, rest) {
  const [, number, tail] = rest.match(HOUSE) ?? rest.match(NUMBER) ?? [null, null, ""];
  if (number === null) return rowsOf(pack, name, "", 3);
  const room = tail.match(/(?:(\d+|[A-Z])单元)?-?(?:\d+[层楼])?([A-Z]?\d+[A-Z]?)(?:室|房)?$/)?.[2];
  const exact = rowsOf(pack, name, number, 0).map((hit) => (room ? inHouse(pack, hit, room) : hit));
  const split = number.match(/^(\d+)-(\d+)$/);
  if (!exact.length && split) return rowsOf(pack, name, split[1], 0).map((hit) => inHouse(pack, hit, split[2]));
  if (exact.length || tail) return exact;
  return name.ways.filter((way) => way.number.startsWith(number)).flatMap((way) => hitOf(pack, way, 1));
}

/** A door as the house that has the room, when the pack knows rooms. */
function inHouse(pack, hit, room) {
  if (!pack.rooms.size) return { ...hit, room };
  const own = hit.layer === "buildings" ? [rowOf(pack, "buildings", hit.id)] : holding(pack, "buildings", hit.lon, hit.lat);
  const houses = [...own, ...nearest(pack, "buildings", hit.lon, hit.lat, BESIDE_M).map(({ row }) => row)];
  const house = houses.find(({ id }) => pack.rooms.get(id)?.some(({ number }) => number === room));
  if (!house) return { ...hit, room };
  const [lon, lat] = [house.lon, house.lat];
  return { ...hit, layer: "buildings", id: house.id, lon, lat, room, kind: "room", title: `${hit.title.replace(/\s+$/, "")} ${room}` };
}

/** The gate of an estate that is not on record: its outermost point to that side. */
function gated(pack, name, gate, side) {
  const all = name.ways.map((way) => rowOf(pack, way.layer, way.id)).filter(Boolean);
  const own = all.filter(({ title }) => normal(title).includes(name.term));
  const rows = own.length ? own : all;
  if (!rows.length) return [];
  const way = [...side].map((sign) => BEARINGS[sign]).reduce(([x, y], [dx, dy]) => [x + dx, y + dy], [0, 0]);
  const points = rows.flatMap((row) => (row.outline ? ringsOf(row.outline).flat() : [[row.lon, row.lat]]));
  const [lon, lat] = points.reduce((best, one) => (reach(one, way) > reach(best, way) ? one : best));
  return [{ ...NOWHERE, title: `${name.term}${gate}`, lon, lat, match: 1, kind: "gate" }];
}

const reach = ([lon, lat], [x, y]) => lon * x * 0.85 + lat * y;
const NOWHERE = { layer: "", id: 0 };

/** Names that begin with what is typed, or hold it. */
function named(pack, line, lat, lng) {
  if (!line) return [];
  const found = line.length > 1 ? pack.names.filter(({ term }) => term.includes(line)) : begunIn(pack, line);
  return some(found, ({ term }) => term === line, lat, lng).flatMap((name) => {
    if (name.term.startsWith(line)) return rowsOf(pack, name, "", name.term === line ? 0 : 1);
    return rowsOf(pack, name, "", 2);
  });
}

/** Of very many names the whole ones and the nearest: a key is answered in the time between two. The names themselves are not
 * put in order, only how far they are: numbers alone sort in a tenth of the time. */
function some(found, isWhole, lat, lng) {
  if (found.length <= MANY) return found;
  const far = new Float64Array(found.length);
  found.forEach((name, i) => {
    const off = Math.abs(name.lon - lng) + Math.abs(name.lat - lat); // near enough, and quick
    far[i] = off < Infinity && isWhole(name) ? -1 : off;
  });
  const last = far.slice().sort()[MANY - 1];
  return found.filter((_, i) => far[i] <= last && far[i] < Infinity);
}

/** A room, or a house and a room, without a name: those around. */
function numbered(pack, line, lat, lng) {
  const [, house, tail] = line.match(HOUSE) ?? [];
  const room = (house ? tail : line).match(/^-?([A-Z]?\d+[A-Z]?)(?:室|房)?$/)?.[1];
  if (house) {
    const ways = pack.names.flatMap(({ ways: all }) => all.filter(({ number }) => number === house));
    return ways.flatMap((way) => hitOf(pack, way, 2)).map((hit) => (room ? inHouse(pack, hit, room) : hit));
  }
  if (!room || room.length < 3) return [];
  return [...pack.rooms].flatMap(([building, rooms]) => {
    const row = rowOf(pack, "buildings", building);
    return rooms.filter(({ number }) => row && number === room).map(({ id, unit }) => ({
      layer: "rooms", id, title: room, subtitle: housed(pack, row, unit), lon: row.lon, lat: row.lat, room, match: 2, kind: "room",
    }));
  }).sort((a, b) => metresTo(a, lng, lat) - metresTo(b, lng, lat)).slice(0, MOST);
}

/** In which house a room is, as the server says it: what the house is called, where it stands, and the unit. */
function housed(pack, row, unit) {
  const said = [row.title, addressOf(pack, row), unit].filter(Boolean);
  return [...new Set(said)].join(" · ");
}

function rowsOf(pack, name, number, match) {
  const ways = name.ways.filter((way) => way.number === number);
  const worse = ways.length || number ? 0 : 1;
  const own = ({ title }) => (title === name.term || normal(title).includes(name.term) ? 0 : 0.5); // not one that it lies in
  return (worse ? name.ways.slice(0, 2) : ways).flatMap((way) => hitOf(pack, way, match + worse))
    .map((hit) => ({ hit, other: own(hit) }))
    .map(({ hit, other }) => ({ ...hit, match: hit.match + other, subtitle: other && !number ? name.term : "" }));
}

function hitOf(pack, { layer, id }, match) {
  const row = rowOf(pack, layer, id);
  if (!row) return [];
  const { title, title_en } = pack.layers.get(layer);
  return [{ layer, id, title: titleOf(pack, row), layer_title: title, layer_title_en: title_en, lon: row.lon, lat: row.lat, match }];
}

const titleOf = (pack, row) => row.title || addressOf(pack, row) || pack.layers.get(row.layer).title;

function addressOf(pack, row) {
  const at = pack.layers.get(row.layer).fields.findIndex(([key]) => key === "address");
  return [row.values[at] || ""].flat()[0]; // with its English beside it, where that is known
}
