/** Theme and size of type: chosen once, kept in the browser, told to whoever paints. templates/frontend/theme.html sets
 * both before the first paint.
 *
 * Any button with `data-switch="theme"` or `data-switch="type"` becomes the switch of it. */

const MEMORY = "chengtu.look";
const root = document.documentElement;
const CHOICES = { theme: ["light", "dark"], type: ["", "large"] };
const listeners = new Set();
const system = window.matchMedia("(prefers-color-scheme: dark)");

export const theme = () => root.dataset.theme || "light";
export const isDark = () => theme() === "dark";

/** Call `told(theme)` after every change of the theme. */
export function onTheme(told) {
  listeners.add(told);
}

/** What the reader chose and this browser keeps: {theme, type}. */
export function kept() {
  try {
    return JSON.parse(localStorage.getItem(MEMORY) ?? "{}");
  } catch {
    return {};
  }
}

/** Choose `value` for "theme" ("light", "dark", "": as the system says) or "type" ("", "large"), and keep it. */
export function choose(what, value) {
  const held = value || (what === "theme" ? (system.matches ? "dark" : "light") : "");
  if (held) root.dataset[what] = held;
  else delete root.dataset[what];
  try {
    localStorage.setItem(MEMORY, JSON.stringify({ ...kept(), [what]: value || undefined }));
  } catch { /* private windows refuse; the choice then holds for this page */ }
  show();
  if (what === "theme") for (const told of listeners) told(held);
}

function show() {
  for (const button of document.querySelectorAll("[data-switch]")) {
    const [plain, other] = CHOICES[button.dataset.switch];
    button.setAttribute("aria-pressed", String((root.dataset[button.dataset.switch] || plain) === other));
  }
}

document.addEventListener("click", ({ target }) => {
  const what = target.closest?.("[data-switch]")?.dataset.switch;
  if (!what) return;
  const [plain, other] = CHOICES[what];
  choose(what, root.dataset[what] === other ? plain : other);
});
system.addEventListener("change", () => kept().theme || choose("theme", ""));
show();
