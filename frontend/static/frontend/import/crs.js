/** The coordinate systems to choose from; the names are those that the importer reads. */

import { element, say } from "../dom.js";

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, step) => from + step);
const COMMON = [
  ["EPSG:4490", "CGCS2000 · EPSG:4490"], ["EPSG:4326", "WGS 84 · EPSG:4326"], ["gcj02", "GCJ-02 · 高德 腾讯 Amap"],
  ["bd09", "BD-09 · 百度 Baidu"], ["EPSG:3857", "Web Mercator · EPSG:3857"],
];

const TURNED = ":yx";

/** A coordinate system as people name it; what has the north first ends in `:yx`. */
export const crsName = (name) => (name.endsWith(TURNED) ? say("north_first", { crs: name.slice(0, -TURNED.length) }) : name);

/** Choose in a select, also what is none of the usual ones. */
export function chooseCrs(select, name) {
  if (![...select.options].some(({ value }) => value === name)) select.append(element("option", { value: name }, crsName(name)));
  select.value = name;
}

/** A select; `stated` is what the file says of itself, "" when it says nothing. */
export function crsSelect(id, { name, presumed }, grids, chosen) {
  const own = name ? say(presumed ? "as_file_presumed" : "as_file", { crs: name }) : say("choose_crs");
  const option = ([value, text]) => element("option", { value, selected: value === chosen }, text);
  const group = (label, options) => element("optgroup", { label }, options.map(option));
  const middle = (code, first) => say("zone_name", { degrees: 75 + 3 * (code - first) });
  const zone = (code, from) => `${say("zone_number", { zone: code - from })} · EPSG:${code}`;
  return element("select", { id },
    option(["", own]),
    group(say("degrees"), COMMON),
    grids.length ? group(say("grids"), grids.map((grid) => [grid, grid])) : null,
    group(say("zone_3"), range(4534, 4554).map((code) => [`EPSG:${code}`, `${middle(code, 4534)} · EPSG:${code}`])),
    group(say("zone_3n"), range(4513, 4533).map((code) => [`EPSG:${code}`, zone(code, 4488)])),
    group(say("zone_6"), range(4491, 4501).map((code) => [`EPSG:${code}`, zone(code, 4478)])));
}
