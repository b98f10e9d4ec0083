/** Plane geometry on screen pixels, y downwards: {x, y} points, lines as arrays of points, rings closed. Pure. */

export const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** Length of a line. */
export function lengthOf(line) {
  let sum = 0;
  for (let i = 1; i < line.length; i++) sum += distance(line[i - 1], line[i]);
  return sum;
}

/** The line moved sideways, positive to the right of its direction; sharp corners are cut, never spiked. */
export function shifted(line, pixels) {
  if (!pixels) return line;
  const normals = [];
  for (let i = 1; i < line.length; i++) {
    const along = distance(line[i - 1], line[i]) || 1;
    normals.push({ x: -(line[i].y - line[i - 1].y) / along, y: (line[i].x - line[i - 1].x) / along });
  }
  return line.map((point, i) => {
    const before = normals[Math.max(0, i - 1)];
    const after = normals[Math.min(normals.length - 1, i)];
    const x = before.x + after.x;
    const y = before.y + after.y;
    const square = Math.max(x * x + y * y, 1); // 2 at a right angle; the floor is what cuts a hairpin
    return { x: point.x + (2 * x * pixels) / square, y: point.y + (2 * y * pixels) / square };
  });
}

/** Twice the signed area of a ring. */
export function ringArea(ring) {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) sum += ring[j].x * ring[i].y - ring[i].x * ring[j].y;
  return sum;
}

/** True when the point lies within the rings (even-odd: holes do not count). */
export function within(point, rings) {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const a = ring[i];
      const b = ring[j];
      if (a.y > point.y !== b.y > point.y && point.x < ((b.x - a.x) * (point.y - a.y)) / (b.y - a.y) + a.x) {
        inside = !inside;
      }
    }
  }
  return inside;
}

/** Distance from a point to a line. */
export function distanceToLine(point, line) {
  let least = Infinity;
  for (let i = 1; i < line.length; i++) {
    const [a, b] = [line[i - 1], line[i]];
    const square = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
    const t = square ? ((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / square : 0;
    const foot = Math.max(0, Math.min(1, t));
    least = Math.min(least, distance(point, { x: a.x + foot * (b.x - a.x), y: a.y + foot * (b.y - a.y) }));
  }
  return least;
}

const HEIGHTS = [0.5, 0.35, 0.65, 0.2, 0.8];

/** A point well inside the rings, with the room to its left and right: the middle of the widest of a few chords. */
export function roomiest(rings) {
  const largest = rings.reduce((a, b) => (Math.abs(ringArea(b)) > Math.abs(ringArea(a)) ? b : a));
  const ys = largest.map((point) => point.y);
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  let best = null;
  for (const height of HEIGHTS) {
    const chord = widestChord(rings, top + (bottom - top) * height);
    // The middle is where people look for a name: another height must be clearly better.
    if (chord && (!best || chord.width > best.width * 1.4)) best = chord;
  }
  return best && { ...best, height: bottom - top };
}

function widestChord(rings, y) {
  const xs = [];
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [a, b] = [ring[i], ring[j]];
      if (a.y > y !== b.y > y) xs.push(a.x + ((b.x - a.x) * (y - a.y)) / (b.y - a.y));
    }
  }
  xs.sort((a, b) => a - b);
  let best = null;
  for (let i = 1; i < xs.length; i += 2) {
    const width = xs[i] - xs[i - 1];
    if (!best || width > best.width) best = { x: (xs[i] + xs[i - 1]) / 2, y, width };
  }
  return best;
}

/** Where the letters of a text stand along a line: `middle` pixels from its start, each {x, y, angle}; null when it
 * does not fit or the line bends too much. CJK text on a steep line runs down it with upright letters. */
export function lettersAlong(line, widths, middle, upright) {
  const total = widths.reduce((sum, width) => sum + width, 0);
  if (middle < total / 2 || middle > lengthOf(line) - total / 2) return null;
  const ends = [pointAt(line, middle - total / 2), pointAt(line, middle + total / 2)];
  const [dx, dy] = [ends[1].x - ends[0].x, ends[1].y - ends[0].y];
  const steep = upright && Math.abs(dy) > 1.5 * Math.abs(dx);
  const reverse = steep ? dy < 0 : dx < 0;
  const letters = [];
  let walked = middle - total / 2;
  let last = null;
  for (const width of reverse ? [...widths].reverse() : widths) {
    const [a, b] = [pointAt(line, walked), pointAt(line, walked + width)];
    let angle = Math.atan2(b.y - a.y, b.x - a.x);
    if (last !== null && Math.abs(turn(angle - last)) > 0.5) return null;
    last = angle;
    if (reverse) angle += Math.PI;
    if (steep) angle -= Math.PI / 2;
    letters.push({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, angle: turn(angle) });
    walked += width;
  }
  return reverse ? letters.reverse() : letters;
}

const turn = (angle) => Math.atan2(Math.sin(angle), Math.cos(angle));

function pointAt(line, far) {
  let left = far;
  for (let i = 1; i < line.length; i++) {
    const step = distance(line[i - 1], line[i]);
    if (left <= step || i === line.length - 1) {
      const t = step ? left / step : 0;
      return { x: line[i - 1].x + t * (line[i].x - line[i - 1].x), y: line[i - 1].y + t * (line[i].y - line[i - 1].y) };
    }
    left -= step;
  }
  return line[0];
}
