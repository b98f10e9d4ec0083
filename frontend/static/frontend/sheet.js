/** A panel that on a phone is a sheet with a handle at three heights: peek, half, full. */

import { byId } from "./dom.js";

const HEIGHTS = ["peek", "half", "full"];
const FLICK = 40;
const narrow = window.matchMedia("(max-width: 719px)");

/** Make a sheet of the element; `closed(byKey)` is told when the reader puts it away. */
export function sheet(id, closed = () => {}) {
  const root = byId(id);
  const handle = root.querySelector(".handle");
  let start = null;

  const set = (height) => {
    root.dataset.height = height;
    root.style.height = "";
    handle.setAttribute("aria-expanded", String(height !== "peek"));
  };
  const step = (by) => {
    const next = HEIGHTS.indexOf(root.dataset.height) + by;
    if (next < 0) shut();
    else set(HEIGHTS[Math.min(next, HEIGHTS.length - 1)]);
  };
  const shut = (byKey = false) => {
    if (root.hidden) return;
    root.hidden = true;
    closed(byKey);
  };

  handle.addEventListener("click", () => set(root.dataset.height === "full" ? "half" : HEIGHTS[HEIGHTS.indexOf(root.dataset.height) + 1]));
  handle.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (by) (event.preventDefault(), step(by));
  });
  handle.addEventListener("pointerdown", (event) => {
    start = { y: event.clientY, height: root.offsetHeight };
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (start) root.style.height = `${Math.max(60, start.height + start.y - event.clientY)}px`;
  });
  handle.addEventListener("pointerup", (event) => {
    if (!start) return;
    const moved = start.y - event.clientY;
    start = null;
    root.style.height = "";
    if (Math.abs(moved) > FLICK) step(Math.sign(moved));
  });
  root.querySelector(".close").addEventListener("click", () => shut());
  root.addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), shut(true)));

  return {
    open(height = "half") {
      if (root.hidden || !narrow.matches) set(height);
      root.hidden = false;
    },
    shut,
    /** Have it laid out before it is opened, so that what opens it waits for its painting alone. */
    lay() {
      root.classList.add("laid");
      if (root.hidden) root.dataset.height = "half";
    },
    /** Put it away without telling: the address bar already says so. */
    hide() {
      root.hidden = true;
    },
    get isOpen() {
      return !root.hidden;
    },
  };
}

/** Whether the map is still seen beside an open panel. */
export const isRoomy = () => window.matchMedia("(min-width: 720px) and (min-height: 600px)").matches;
