/** Names of a pack one mistake away from what was typed: a character wrong, missing, too many, or two swapped. Pure.
 *
 * As the server takes them (`gis/locate/spelling.py`). A digit is never taken for another: the next number is another door. */

const SHORTEST = 3; // of the longer of two: names of two signs have too many neighbours
const LATIN = /^[A-Z]{5,}/;
const TAIL = /\d+|[A-Z](?=号楼|幢|栋|座)|(?:正|大)?[东南西北]{1,2}大?门$/g; // what follows a name begins here
const AREA = /^.*(?:[省市区县镇乡]|街道|社区)(?=.{2})/;
const MEETING = /(?:交叉)?(?:路?口)?$/;
const JOINS = /[与和及]/g;
const digits = (text) => text.replace(/\D+/g, " ");

/** Whether two words differ by one mistake, and not in a digit. */
export function isMistaken(a, b) {
  if (a === b || Math.abs(a.length - b.length) > 1 || Math.max(a.length, b.length) < SHORTEST) return false;
  if (a[0] !== b[0] && a[a.length - 1] !== b[b.length - 1]) return false; // one mistake leaves either end as it is
  let head = 0;
  while (head < a.length && a[head] === b[head]) head++;
  const [x, y] = [a.slice(head), b.slice(head)];
  const swapped = x.length > 1 && x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2);
  return (x.slice(1) === y.slice(1) || x.slice(1) === y || x === y.slice(1) || swapped) && digits(a) === digits(b);
}

/** Names that the beginning of a line may mean, each with what follows it in the line. */
export function namesNear(pack, line) {
  const heads = headsOf(line);
  const sound = line.match(LATIN)?.[0].toLowerCase();
  const found = [];
  for (const name of pack.names) { // of tens of thousands hardly one: nothing is made for the others
    const meant = sound && name.pinyin && isMistaken(sound, name.pinyin) ? { rest: line.slice(sound.length) } : heads.find(({ head }) => isMistaken(head, name.term));
    if (meant) found.push({ name, rest: meant.rest });
  }
  return found;
}

/** Where a name may end in a line, and where one may begin behind the areas that it lies in. */
function headsOf(line) {
  const starts = new Set([0, line.match(AREA)?.[0].length ?? 0]);
  const ends = new Set([...line.matchAll(TAIL)].map(({ index }) => index).concat(line.length));
  const heads = [...starts].flatMap((start) => [...ends].map((end) => ({ head: line.slice(start, end), rest: line.slice(end) })));
  return heads.filter(({ head }) => /\p{Script=Han}/u.test(head));
}

/** Crossings whose two names, said in either order, are one mistake away from a line. */
export function crossingsNear(pack, line) {
  const said = line.replace(JOINS, "");
  const forms = [...new Set([said, said.replace(/口$/, ""), said.replace(MEETING, "")])].filter((form) => form.length > SHORTEST);
  const plain = (text) => text.replace(JOINS, "");
  return pack.crossings.filter(({ one, other }) => {
    const [first, second] = [plain(one), plain(other)];
    return forms.some((form) => isMistaken(form, first + second) || isMistaken(form, second + first));
  });
}
