/** The look of one line at one zoom: width, dash and sideways shift from class paint and cues. Pure. */

import { atZoom, cue } from "./style.js";

// A cue gives its pixels for zoom 16; streets grow with the zoom, and what lies beside their kerb must follow.
const CUE_WIDTH = [[13, 0.4], [14, 0.5], [15, 0.75], [16, 1], [18, 1.4]];
const CUE_OFFSET = [[13, 0.5], [14, 0.75], [15, 1.1], [16, 1.55], [17, 2.2], [18, 3.1], [20, 3.6]];

/** {width, dash, offset} in pixels. */
export function looks(layer, row, properties, zoom) {
  const { style } = layer;
  const cued = cue(style.width, properties, null);
  const dash = cue(style.dash, properties, []);
  return {
    width: cued === null ? atZoom(row.paint.width, zoom) : cued * atZoom(CUE_WIDTH, zoom),
    dash: dash.length ? dash : row.paint.dash,
    offset: cue(style.offset, properties, 0) * atZoom(CUE_OFFSET, zoom),
  };
}
