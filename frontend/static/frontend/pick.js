/** What lies under a finger: features of one vector tile near a point, the smallest thing first. Pure. */

import { distance, distanceToLine, ringArea, shifted, within } from "./geometry.js";
import { atZoom, looks } from "./style.js";

const REACH = 8;
const ABOVE = 6; // what is drawn later counts as nearer: a rule at the kerb before the road it lies on
const POLYGON = 3;
const CORNER = 2; // a corner of a line moved sideways goes at most twice as far as the line

/** Hits {layer, id, properties}, points before lines before surfaces. `tile` maps layer ids to features in tile
 * pixels, `at` is in tile pixels, `scale` is screen pixels a tile pixel, `shows(layer, row)` says what is drawn. */
export function pick(tile, layers, at, { scale, zoom, shows }) {
  const hits = [];
  for (const layer of layers) {
    const isFill = layer.style.kind === "fill";
    for (const feature of tile.get(layer.id) ?? []) {
      if (isFill && feature.geomType === POLYGON && !isNear(at, feature.bbox, 0)) continue; // most of a tile, told cheaply
      if (feature.props.count !== undefined) continue; // stands for many: nobody's card
      const row = layer.classAt(feature.props);
      if (!row || !shows(layer, row)) continue;
      const rank = nearness(layer, row, feature, at, scale, zoom);
      if (rank) hits.push({ layer: layer.id, id: feature.id, properties: feature.props, rank });
    }
  }
  hits.sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1]);
  const seen = new Set();
  return hits.filter(({ layer, id }) => !seen.has(`${layer}:${id}`) && seen.add(`${layer}:${id}`));
}

function nearness(layer, row, feature, at, scale, zoom) {
  const { kind } = layer.style;
  if (kind === "point") {
    const far = Math.min(...feature.geom.flat().map((point) => distance(point, at))) * scale;
    return far <= atZoom(row.paint.radius, zoom) + REACH ? [0, far] : null;
  }
  if (kind === "fill" && feature.geomType === POLYGON) {
    if (!within(at, feature.geom)) return null;
    return [2, feature.geom.reduce((sum, ring) => sum + Math.abs(ringArea(ring)), 0)];
  }
  const { width, offset, both } = looks(layer, row, feature.props, zoom);
  if (!isNear(at, feature.bbox, (width / 2 + REACH + Math.abs(offset) * CORNER) / scale)) return null;
  const sides = both ? [offset, -offset] : [offset];
  const lines = sides.flatMap((by) => feature.geom.map((line) => shifted(line, by / scale)));
  const far = Math.min(...lines.map((line) => distanceToLine(at, line))) * scale;
  return far <= width / 2 + REACH ? [1, Math.max(0, far - width / 2) - layer.style.order / ABOVE] : null;
}

/** Whether a point lies in a box or no farther from it: most features of a tile are told so to be elsewhere. */
const isNear = ({ x, y }, { minX, minY, maxX, maxY }, far) =>
  x >= minX - far && x <= maxX + far && y >= minY - far && y <= maxY + far;
