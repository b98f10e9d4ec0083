/** What others edit shows here a moment later: asks once a second where the shown layers changed, and has just the tiles
 * that a change reaches into exchanged. Begins when the first picture stands; rests while nobody looks. */

const EVERY_MS = 1000;
const LONGEST_MS = 30_000;
const [RENEW_MS, PASS_MS] = [600_000, 890_000]; // tiles are given out for a pass of a quarter of an hour, and nothing without
const WORLD = Math.PI * 6378137; // metres of EPSG:3857 from the middle to an edge
const MARGIN = 66 / 4096; // parts of a tile's side that reach over its edge, rounding included

/** `since` is the moment of the news at which the page was made; "" when nobody could say. */
export function watchChanges({ tiles, manifest }, since) {
  let [known, before] = [since, since]; // asked twice for each moment: a tile may have been under way, or from a server
  let wait = EVERY_MS; // that had not heard yet
  let timer = 0;
  let asking = false;
  let passed = Date.now();

  const begin = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(poll, wait);
  };

  async function poll() {
    const layers = tiles.asked; // those too that are switched off: the tiles at hand are shown again when they are on
    const gone = !navigator.onLine || document.documentElement.dataset.line === "gone"; // after a reload only we know
    if (asking || !layers.length || gone || !tiles.settled) return begin();
    asking = true;
    try {
      if (manifest.signed_in) await keepPass();
      const response = await fetch(`/live/changes?since=${before}&layers=${layers.toSorted().join(",")}`);
      if (response.status === 404) passed = 0; // the rights have changed: who has some still is given another pass
      if (!response.ok) throw new Error(String(response.status));
      const { at, reload, layers: changed } = await response.json();
      if (!(await renew(reload, Object.values(changed)))) throw new Error("tiles"); // asked for again, less often
      [before, known] = [reload ? at : known || at, at];
      wait = EVERY_MS;
    } catch {
      wait = Math.min(LONGEST_MS, wait * 2);
    } finally {
      asking = false;
      begin();
    }
  }

  /** Have the pass renewed in time. Where it was not, as after a sleep, what was asked for since came back empty. */
  async function keepPass() {
    const age = Date.now() - passed;
    if (age < RENEW_MS) return;
    const response = await fetch("/api/manifest");
    if (!response.ok) throw new Error(String(response.status));
    if (age > PASS_MS) known = before = "";
    passed = Date.now();
  }

  /** Whether what changed, or everything, was asked for anew. */
  function renew(all, changed) {
    if (all || changed.includes("all")) return tiles.renew(() => true);
    const boxes = changed.flat();
    return !boxes.length || tiles.renew((z, x, y) => boxes.some((box) => meets(box, z, x, y)));
  }

  document.addEventListener("visibilitychange", begin);
  begin();
}

/** Whether a box (metres of EPSG:3857, and the deepest zoom that it matters to) reaches into a tile. */
export function meets([west, south, east, north, last = Infinity], z, x, y) {
  const side = (2 * WORLD) / 2 ** z;
  const more = side * MARGIN + 2;
  const [left, top] = [x * side - WORLD, WORLD - y * side];
  return z <= last && west <= left + side + more && east >= left - more && south <= top + more && north >= top - side - more;
}
