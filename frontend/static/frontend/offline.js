/** Answers without the network: the server's while there is a line, else those of the pack that was taken along, marked. */

import { findInPack } from "./asked.js";
import { isGone, packedNote } from "./line.js";
import { opened, stock } from "./pack.js";
import { packedNear } from "./packnear.js";
import { packedCard, packedSpot } from "./packed.js";

const PATIENCE_MS = 5000;

/** The pack of this phone for the page: `find`, `card`, `near` and `spot` take what asks the server; `lost()` is told when it was not
 * there to answer. */
export function offline({ map, lost }) {
  let state = null;
  let read = null;
  const lasts = () => state !== null && Date.parse(state.ends) > Date.now();
  const edge = L.layerGroup().addTo(map);

  /** Look again what is on the phone. */
  async function look() {
    const { whole } = await stock().catch(() => ({ whole: null }));
    if (whole?.name !== state?.name) read = null;
    state = whole;
    draw();
  }

  /** Where the pack ends, while nothing else is to be had. */
  function draw() {
    edge.clearLayers();
    if (!lasts() || !isGone()) return;
    for (const ring of state.outline) {
      const line = ring.map(([lon, lat]) => [lat, lon]);
      edge.addLayer(L.polyline(line, { className: "pack-edge", interactive: false }));
    }
  }

  const looked = look();

  async function packed(answer) {
    await looked;
    if (!lasts()) return null;
    return answer(await (read ??= opened(state)));
  }

  /** What `ask` promises; where there is no line, what the pack says, if it says something. */
  async function either(ask, answer) {
    if (isGone()) return (await packed(answer)) ?? ask();
    try {
      return await (state ? Promise.race([ask(), tooLate()]) : ask());
    } catch (error) {
      if (!isLine(error)) throw error;
      const held = await packed(answer);
      if (held === null) throw error;
      lost();
      return held;
    }
  }

  const mark = (hits) => hits.map((hit) => ({ ...hit, packed: true }));
  return {
    look, draw,
    /** The pack in use, else null. */
    get state() {
      return lasts() ? state : null;
    },
    find: (ask, text, near) => either(ask, (pack) => mark(findInPack(pack, text, near))),
    card: (ask, sel) => either(ask, (pack) => packedCard(pack, sel)),
    /** The list of a topic; `note(answer)` is the sign that it was taken along. */
    near: (ask, topic, find, at) => either(ask, (pack) => packedNear(pack, topic, find, at)),
    note: ({ packed: made }) => (made ? packedNote(made) : null),
    spot: (ask, { lat, lon }) => either(ask, (pack) => packedSpot(pack, lon, lat)),
  };
}

const tooLate = () => new Promise((_, reject) => setTimeout(() => reject(new DOMException("no answer", "TimeoutError")), PATIENCE_MS));
const isLine = (error) => error instanceof TypeError || error.name === "TimeoutError" || /^50[234]$/.test(error.message);
