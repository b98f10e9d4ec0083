/** Questions to the server: JSON in and out, the forgery token along, refusals as sentences. */

import { english, say } from "../dom.js";
import { spoken } from "./spoken.js";

const BASE = "/api/imports/";
const PAUSE_MS = 500;
const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

/** A refusal: `message` is a sentence for the reader, `status` 0 when the server was not reached. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Ask; `body` is sent as JSON, `bytes` as they are. */
export async function call(path, { method = "GET", body, bytes, signal } = {}) {
  const headers = { "X-CSRFToken": token(), Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (bytes) headers["Content-Type"] = "application/octet-stream";
  let response;
  try {
    response = await fetch(BASE + path, { method, headers, signal, body: body ? JSON.stringify(body) : bytes });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(say("server_failed"), 0);
  }
  const found = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(found.error ? spoken(found.error, english) : say("server_failed"), response.status);
  return found;
}

/** Follow a job until it is over, telling its state now and then; a lost connection is tried again. */
export async function follow(job, told) {
  let state = job;
  told(state);
  while (!state.over) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    try {
      state = await call(`jobs/${state.id}`);
      told(state);
    } catch (error) {
      if (error.status && error.status < 500) throw error;
      told({ ...state, lost: true });
    }
  }
  return state;
}
