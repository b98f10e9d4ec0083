/** Bytes to the server, piece by piece: a broken connection costs one piece, a closed page nothing that had arrived. */

import { call } from "./call.js";

const TRIES = 6;

/** Send what is missing of an upload's files; `told` hears {sent, total, lost}. Resolves to the upload's state. */
export async function send(upload, files, told, signal) {
  const total = upload.files.reduce((sum, file) => sum + file.size, 0);
  let before = upload.files.reduce((sum, file) => sum + file.received, 0);
  for (const [number, { name, size, received }] of upload.files.entries()) {
    const file = files.find((one) => one.name === name && one.file.size === size)?.file;
    if (!file) continue;
    let at = received;
    while (at < size) {
      const next = await piece(upload, number, file, at, signal, () => told({ sent: before, total, lost: true }));
      before += next - at;
      at = next;
      told({ sent: before, total });
    }
  }
  return call(`uploads/${upload.token}`);
}

async function piece(upload, number, file, at, signal, lost) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const bytes = file.slice(at, at + upload.chunk);
      const path = `uploads/${upload.token}/files/${number}?at=${at}`;
      return (await call(path, { method: "PUT", bytes, signal })).received;
    } catch (error) {
      if (error.name === "AbortError" || attempt === TRIES) throw error;
      if (error.status === 409) return (await call(`uploads/${upload.token}`)).files[number].received;
      if (error.status && error.status !== 503) throw error;
      lost();
      await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** attempt));
    }
  }
}
