/** Whether a place of a pack is open at an hour of the phone, until when, and when it opens next: as `layers/hours.py` says it. Pure.
 *
 * What the server computed for as long as the pack may be read is only compared here; beyond that nothing is known. */

const [MINUTE, DAY, HOUR] = [60_000, 86_400_000, 3_600_000];
const REACH = 72 * HOUR; // as layers/city/turns.py
const EAST = 8 * HOUR; // the city's clock is UTC+8, whatever the phone's
const WEEK = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];
const WEEK_EN = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const UNKNOWN = { open: null, until: null, until_en: null, opens: null, opens_en: null };
const dayOf = (at) => Math.floor((at + EAST) / DAY);

/** What a row says of its hours at an instant (milliseconds); `rule` where they are those of a rule. */
export function standing(pack, { layer, id }, at = Date.now()) {
  const held = pack.layers.get(layer)?.turns.get(id);
  if (!held) return UNKNOWN;
  const made = Date.parse(pack.made);
  const first = dayOf(made) * DAY - EAST;
  if (at < first || at > made + REACH) return { ...UNKNOWN, rule: held.rule };
  const passed = held.edges.filter((edge) => first + edge * MINUTE <= at).length;
  const open = held.open !== (passed % 2 === 1);
  const next = held.edges[passed];
  const [zh, en] = next === undefined ? [null, null] : moment(first + next * MINUTE, at);
  const turn = open ? { until: zh, until_en: en } : { opens: zh, opens_en: en };
  return { ...UNKNOWN, open, ...turn, rule: held.rule };
}

/** A coming instant as people say it: 22:00, 明天 06:00, 周一 06:00, 12月1日 06:00. */
export function moment(then, at) {
  const there = new Date(then + EAST);
  const days = dayOf(then) - dayOf(at);
  const clock = there.toISOString().slice(11, 16);
  if (days === 1 && clock === "00:00") return ["24:00", "24:00"];
  if (days === 0) return [clock, clock];
  if (days === 1) return [`明天 ${clock}`, `tomorrow ${clock}`];
  if (days < 7) return [`${WEEK[there.getUTCDay()]} ${clock}`, `${WEEK_EN[there.getUTCDay()]} ${clock}`];
  return [`${there.getUTCMonth() + 1}月${there.getUTCDate()}日 ${clock}`, `${there.toISOString().slice(0, 10)} ${clock}`];
}
