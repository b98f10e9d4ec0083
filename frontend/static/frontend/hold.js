/** A finger held on the map, on phones whose browsers do not tell of it and on those that do: one question either way. */

const HELD_MS = 500;
const STILL = 10; // pixels that a resting thumb moves
const AFTER_MS = 1000; // the browser's own telling of the same finger

/** Have the map tell `contextmenu` for a finger held still; what lifting it would press is not pressed. */
export function wireHold(map) {
  const root = map.getContainer();
  let start = null;
  let timer = 0;
  let told = -AFTER_MS;
  const leave = () => (clearTimeout(timer), (start = null));
  const tell = () => {
    told = performance.now();
    map.fire("contextmenu", { latlng: map.mouseEventToLatLng(start) });
  };
  root.addEventListener("touchstart", ({ touches }) => {
    leave();
    if (touches.length > 1) return;
    start = { clientX: touches[0].clientX, clientY: touches[0].clientY, held: false };
    timer = setTimeout(() => ((start.held = true), tell()), HELD_MS);
  }, { passive: true });
  root.addEventListener("touchmove", ({ touches: [{ clientX, clientY }] }) => {
    if (start && Math.hypot(clientX - start.clientX, clientY - start.clientY) > STILL) leave();
  }, { passive: true });
  root.addEventListener("touchend", (event) => {
    if (start?.held) event.preventDefault();
    leave();
  });
  root.addEventListener("touchcancel", leave);
  root.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    if (performance.now() - told < AFTER_MS) return event.stopPropagation();
    return start && (clearTimeout(timer), (start.held = true), (told = performance.now())); // the browser was the first to tell
  }, { capture: true });
}
