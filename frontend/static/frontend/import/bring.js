/** Files from a drop, a picker or a folder, with the folders they lie in. */

/** All files of a drop; folders are walked. */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, name: file.name }));
  return (await Promise.all(entries.map((entry) => walk(entry, "")))).flat();
}

/** All files of an input. */
export const picked = (input) => [...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));

async function walk(entry, folder) {
  const name = folder + entry.name;
  if (entry.isFile) return [{ name, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) }];
  const reader = entry.createReader();
  const inside = [];
  for (;;) { // a reader gives a hundred at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map((one) => walk(one, `${name}/`)))).flat();
}

/** What nobody means to bring: the traces that systems leave in folders. */
export const unwanted = ({ name }) => /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/i.test(name);
