/** Drawing a shape on the map: a box, a polygon, a circle; by pointer, finger or keys. A line is only measured, corner by corner.
 *
 * A tap sets a corner; with a mouse boxes and circles can be drawn in one drag. By keys the map is moved under a cross in its
 * middle. While one draws, and until the last click of it has come, `body[data-drawing]` keeps taps from opening cards. */

import { byId, element, english, figure, icon, say } from "./dom.js";
import { mention } from "./notices.js";
import { boxOf, MOST_CORNERS, squareMetres } from "./shapes.js";

const KINDS = ["box", "polygon", "circle", "line"];
const DRAGGED = ["box", "circle"]; // two corners say all
const SAME = 12; // pixels: a tap on the last corner again
const DRAG = 8; // pixels: less is a tap
const AFTER_MS = 350; // the second click of a double click comes after what it ended
const LEAST = 3; // metres of a radius or a side
const KILOMETRE = 1000;
const SIDE_M = 1000000;

/** Draw; `done(shape)` hears what was drawn, `left()` that nothing was. Returns the bar, to be put on the page. */
export function lasso(map, done, left) {
  const box = map.getContainer();
  const drawn = L.featureGroup().addTo(map);
  let kind = "box";
  let corners = [];
  let tip = null; // where the pointer is, or the cross
  let from = null; // where the mouse was pressed
  let swallow = false; // the click that ends a drag

  const measure = element("output", { class: "lasso-measure", "aria-live": "polite" });
  const hint = element("p", { class: "lasso-hint" });
  const undo = element("button", { type: "button", class: "button", onclick: () => back() }, icon("undo"), say("draw_undo"));
  const finish = element("button", { type: "button", class: "button primary", onclick: () => end() }, icon("check"), say("draw_done"));
  const kinds = KINDS.map((name) => element("button", {
    type: "button", class: "chip small", "aria-pressed": "false", "data-kind": name, onclick: () => begin(name),
  }, say(`draw_${name}`)));
  const root = element("section", { id: "lasso", "aria-label": say("ask_shape") },
    element("div", { class: "chips", role: "group", "aria-label": say("ask_what") }, kinds), hint, measure,
    element("p", { class: "lasso-hint lasso-keys" }, say("draw_keys")),
    element("div", { class: "actions" }, undo, finish,
      element("button", { type: "button", class: "button", onclick: () => cancel() }, say("cancel"))));

  function begin(name) {
    kind = name;
    corners = [];
    for (const button of kinds) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
    hint.textContent = say(`hint_${kind}`);
    show();
  }

  /** What is there now, with the tip where one follows the pointer; null while it is too little. */
  function shape(at = null) {
    if (kind === "line") return null;
    const points = (at ? [...corners, at] : corners).map(({ lat, lng }) => [lat, lng]);
    if (kind === "polygon") return points.length > 2 ? { kind: "poly", corners: points } : null;
    if (points.length < 2) return null;
    if (kind === "box") return { kind: "poly", corners: boxOf(points) };
    const [lat, lon] = points[0];
    return { kind: "circle", lat, lon, reach: Math.max(LEAST, Math.round(map.distance(...points.slice(0, 2)))) };
  }

  function show() {
    drawn.clearLayers();
    const held = shape(tip);
    const style = { className: "asked-shape drawing", interactive: false };
    if (held?.kind === "circle") drawn.addLayer(L.circle([held.lat, held.lon], { ...style, radius: held.reach }));
    else if (held) drawn.addLayer(L.polygon(held.corners, style));
    else if (corners.length) drawn.addLayer(L.polyline(tip ? [...corners, tip] : corners, { ...style, className: "asked-shape drawing open" }));
    for (const corner of corners) drawn.addLayer(L.circleMarker(corner, { radius: 6, className: "asked-corner", interactive: false }));
    measure.value = kind === "line" ? lengthWords(along()) : held ? words(held) : "";
    finish.hidden = kind === "line";
    undo.disabled = !corners.length;
    finish.disabled = !shape();
  }

  /** Metres from the first corner to the last, and on to the tip. */
  function along() {
    const points = tip ? [...corners, tip] : corners;
    return points.slice(1).reduce((sum, point, i) => sum + map.distance(points[i], point), 0);
  }

  function words(held) {
    if (held.kind === "circle") return say("draw_radius", { metres: figure(held.reach) });
    const area = areaWords(squareMetres(held.corners));
    if (kind !== "box") return area;
    const [a, b, c] = held.corners;
    return `${say("draw_sides", { across: figure(Math.round(map.distance(a, b))), up: figure(Math.round(map.distance(b, c))) })}${english ? ", " : "，"}${area}`;
  }

  function add(latlng) {
    if (isSame(corners.at(-1), latlng)) return end();
    if (kind !== "line" && corners.length > 2 && isSame(corners[0], latlng)) return end();
    if (corners.length === MOST_CORNERS) return mention(say("ask_most", { number: MOST_CORNERS }));
    corners.push(latlng);
    tip = null;
    show();
    return DRAGGED.includes(kind) && corners.length === 2 ? end() : undefined;
  }

  const isSame = (one, other) => Boolean(one) && map.latLngToContainerPoint(one).distanceTo(map.latLngToContainerPoint(other)) < SAME;
  const back = () => (corners.pop(), show());

  function end() {
    const held = shape();
    if (!held) return;
    leave();
    done(held);
  }

  function cancel() {
    leave();
    left();
  }

  const onClick = ({ latlng }) => (swallow ? (swallow = false) : add(latlng));
  const onMove = ({ latlng }) => corners.length && ((tip = latlng), show());
  const onPan = () => corners.length && box.matches(":focus-visible") && ((tip = map.getCenter()), show());
  const at = (event) => map.mouseEventToLatLng(event);

  function onPress(event) {
    swallow = false;
    if (event.pointerType !== "mouse" || event.button || !DRAGGED.includes(kind) || corners.length) return;
    from = { x: event.clientX, y: event.clientY };
    corners = [at(event)];
    map.dragging.disable();
  }

  function onLift(event) {
    if (!from) return;
    const far = Math.hypot(event.clientX - from.x, event.clientY - from.y);
    from = null;
    map.dragging.enable();
    if (far < DRAG) return void (corners = []); // a tap: its click sets the corner
    swallow = true;
    corners.push(at(event));
    tip = null;
    setTimeout(end); // its click is still to come, and must find that somebody draws
  }

  function onKey(event) {
    const acts = {
      Escape: cancel, Backspace: back,
      " ": () => add(map.getCenter()),
      Enter: () => (DRAGGED.includes(kind) && corners.length === 1 ? add(map.getCenter()) : end()),
    };
    const act = event.ctrlKey || event.metaKey ? event.key === "z" && back : acts[event.key];
    if (!act || (event.target.closest?.("button, input") && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }

  function leave() {
    map.off("click", onClick).off("mousemove", onMove).off("move", onPan);
    box.removeEventListener("pointerdown", onPress, true);
    document.removeEventListener("pointerup", onLift, true);
    document.removeEventListener("keydown", onKey, true);
    drawn.remove();
    root.remove();
    byId("lasso-cross")?.remove();
    map.dragging.enable();
    document.body.dataset.drawing = "over";
    setTimeout(() => (delete document.body.dataset.drawing, map.doubleClickZoom.enable()), AFTER_MS);
  }

  map.doubleClickZoom.disable();
  map.on("click", onClick).on("mousemove", onMove).on("move", onPan);
  box.addEventListener("pointerdown", onPress, true);
  document.addEventListener("pointerup", onLift, true);
  document.addEventListener("keydown", onKey, true);
  document.body.dataset.drawing = "on";
  box.after(element("div", { id: "lasso-cross", "aria-hidden": "true" }));
  begin(kind);
  return root;
}

/** A way as people say it. */
function lengthWords(metres) {
  if (metres < KILOMETRE) return say("draw_metres", { number: figure(Math.round(metres)) });
  return say("draw_kilometres", { number: figure(Number((metres / KILOMETRE).toPrecision(4))) });
}

/** A surface as people say it. */
export function areaWords(metres) {
  if (metres < SIDE_M / 100) return say("square_metres", { number: figure(Math.round(metres)) });
  return say("square_kilometres", { number: figure(Number((metres / SIDE_M).toPrecision(3))) });
}
