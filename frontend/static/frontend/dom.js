/** Elements in one expression; texts are always texts, never HTML. */

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (`on…` are listeners, false and null are left out) and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A symbol of the page's icon sheet. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const sheet = new OffscreenCanvas(1, 1);

/** A box for a day, which it tells as 2026-03-01 whatever the browser's own way; who edits it has the browser's. */
export function dayBox(attributes) {
  const told = element("span", { class: "day-told", "aria-hidden": "true" }, attributes.value);
  const tell = ({ target }) => (told.textContent = target.value);
  return element("span", { class: "day-box" }, element("input", { type: "date", class: "input", oninput: tell, lang: english ? "en" : "zh-CN", ...attributes }), told);
}

/** A picture of CSS pixels, crisp on any screen, drawn by `draw(context)`, again when it is told to `repaint()`. It hangs in its
 * canvas, as tiles do: one that is drawn on is copied for every frame while it is seen. */
export function picture(width, height, draw) {
  const ratio = window.devicePixelRatio || 1;
  const canvas = element("canvas", { width: width * ratio, height: height * ratio, "aria-hidden": "true" });
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.repaint = () => {
    Object.assign(sheet, { width: canvas.width, height: canvas.height }); // clears it
    const context = sheet.getContext("2d");
    context.scale(ratio, ratio);
    draw(context);
    canvas.getContext("bitmaprenderer").transferFromImageBitmap(sheet.transferToImageBitmap());
  };
  canvas.repaint();
  return canvas;
}

/** Do something when what is there now has been on the screen. */
export const soon = (act) => requestAnimationFrame(() => setTimeout(act));

export const byId = (id) => document.getElementById(id);

const dictionary = JSON.parse(byId("words")?.textContent ?? "{}");

/** The page's words in its language; {name} is filled from `values`. */
export function say(key, values = {}) {
  return (dictionary[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Words that come later. */
export const learn = (words) => Object.assign(dictionary, words);

export const english = document.documentElement.lang === "en";

/** A title in the page's language: layers, classes, groups and fields carry both. */
export function title(thing) {
  return (english && thing.title_en) || thing.title;
}

/** A source in the page's language. */
export const credited = ({ source, source_en }) => (english && source_en) || source;

/** A value with its unit in the page's language: facts of cards and lists carry both. */
export function measured({ value, value_en: other, unit, unit_en: counted }) {
  const what = (english && counted) || unit;
  return `${(english && other) || value}${what ? ` ${what}` : ""}`;
}

/** A number as people read it, the same in both languages; the browser's own formatting costs an old phone 80 ms. */
export function figure(number) {
  const [whole, part] = String(number).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part ? `${grouped}.${part}` : grouped;
}
