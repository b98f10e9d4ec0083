/** Handing a link on: by the phone's own sheet where there is one, else by the clipboard. */

import { say } from "./dom.js";
import { mention } from "./notices.js";

/** Copy a text; without the right to, it is shown so that people can do it by hand. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    mention(say("copied"));
  } catch {
    mention(text);
  }
}

/** Offer a text to the apps of the phone. */
export async function hand(text) {
  try {
    await navigator.share({ text });
  } catch (error) {
    if (error.name !== "AbortError") await copy(text);
  }
}

/** Offer `url` under a title to the apps of the phone; what the reader breaks off is no failure. */
export async function share(title, url) {
  if (!navigator.share) return copy(url);
  try {
    return await navigator.share({ title, url });
  } catch (error) {
    return error.name === "AbortError" ? undefined : copy(url);
  }
}
