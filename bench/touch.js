/** What bench/touch.py puts into a page before its own scripts: the vital figures of D.0, and how long after a hand's own
 * event something stands on the screen. Times are those of the page's clock, from the moment the browser got the event. */

{
  const SESSION_MS = [1000, 5000]; // of layout shifts: the pause that ends one, and its longest
  const vital = { lcp: 0, cls: 0, inp: new Map() };
  const shifts = { sum: 0, first: 0, last: -Infinity };

  const observe = (type, told, more = {}) => new PerformanceObserver((list) => list.getEntries().forEach(told))
    .observe({ type, buffered: true, ...more });
  observe("largest-contentful-paint", ({ startTime }) => (vital.lcp = startTime));
  observe("layout-shift", ({ startTime, value, hadRecentInput }) => {
    if (hadRecentInput) return;
    const goesOn = startTime - shifts.last < SESSION_MS[0] && startTime - shifts.first < SESSION_MS[1];
    Object.assign(shifts, { sum: goesOn ? shifts.sum + value : value, first: goesOn ? shifts.first : startTime, last: startTime });
    vital.cls = Math.max(vital.cls, shifts.sum);
  });
  observe("event", ({ interactionId: id, duration, name, target }) => {
    if (id && duration > (vital.inp.get(id)?.[0] ?? 0)) vital.inp.set(id, [duration, name, target?.id || target?.localName]);
  }, { durationThreshold: 16 });

  /** What was answered last, so that a list is not taken for the answer to an earlier key. */
  let answered = "";
  const plain = window.fetch;
  window.fetch = async (...asked) => {
    const response = await plain(...asked);
    answered = String(asked[0]);
    return response;
  };

  const shown = (selector) => document.querySelector(selector)?.closest("[hidden]") === null; // costs no layout
  const idle = () => document.getElementById("progress").hidden;
  const SEEN = {
    suggestion: (changed) => shown("#results [role=option]") && changed.some(({ target }) => target.id === "results")
      && new URL(answered, location.href).searchParams.get("q") === document.querySelector("#search-box").value,
    title: () => shown("#card") && document.querySelector("#card-body h2")?.textContent.trim(),
    full: () => shown("#card") && document.querySelector("#card-body .origin"),
  };

  /** When the browser had a heading on the screen; by then the page may be busy with what comes after it. */
  let onScreen = () => {};
  observe("element", ({ renderTime }) => onScreen(renderTime));

  /** Wait for `hand`, an event of the reader's, then for all of `wanted` to be in a frame; `window.seen` promises how long
   * after it they first were, `painted` being the last time that no tile lacked anything before the map came to rest. */
  window.expect = (hand, wanted) => {
    const found = {};
    let begun = null;
    let busy = false;
    addEventListener(hand, ({ timeStamp }) => (begun = timeStamp), { capture: true, once: true });
    window.seen = new Promise((resolve) => {
      const finish = () => {
        if (busy || wanted.some((name) => !found[name])) return;
        if (wanted.includes("painted") && document.body.dataset.ready !== "") return;
        watch.disconnect();
        resolve(found);
      };
      const keep = (name, at) => {
        if (name === "painted" || !found[name]) found[name] = at - begun;
        finish();
      };
      const stamp = (name) => requestAnimationFrame(() => setTimeout(() => keep(name, performance.now())));
      const head = () => {
        onScreen = (at) => at > begun && keep("title", at);
        const heading = document.querySelector("#card-body h2");
        if (!heading.hasAttribute("elementtiming")) heading.setAttribute("elementtiming", "title"); // to be heard of again would not end
      };
      const look = (changed) => {
        if (begun === null) return;
        if (busy && idle()) stamp("painted");
        busy = !idle();
        for (const name of wanted) if (!found[name] && SEEN[name]?.(changed)) (name === "title" ? head : stamp)(name);
        finish();
      };
      const watch = new MutationObserver(look);
      watch.observe(document, { subtree: true, childList: true, attributes: true });
    });
  };
  window.vital = () => ({ lcp: vital.lcp, cls: vital.cls, inp: [...vital.inp.values()].sort((a, b) => b[0] - a[0]) });
}
