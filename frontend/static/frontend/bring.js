/** What a part of the page brings along that comes when it is first wanted: its words. */

import { english, learn } from "./dom.js";

let brought = null;

/** Have the words of asking about shapes and days; whoever comes later waits for the same. */
export function bring() {
  brought ??= bringWords("ask").catch((error) => {
    brought = null; // asked again at the next use
    throw error;
  });
  return brought;
}

/** Have the words of a part. */
export async function bringWords(part) {
  const response = await fetch(`/map/words/${part}.json?lang=${english ? "en" : "zh"}`);
  if (!response.ok) throw new Error(String(response.status));
  learn(await response.json());
}
