/** The server's sentences for this reader and this page. Pure.
 *
 * They come in two languages, Chinese first, and name the options of the command line, which this page has as fields. */

const OPTIONS = [
  [/^! /, ""],
  [/，请用 --crs (gcj02|bd09|\S+) 重新导入/g, "，请改用它再试"],
  [/import it again with --crs (\S+?)(?=[.;])/g, "use it and try again"],
  [/，请用 --crs 指定（例如 --crs EPSG:4549）/g, "，请在“坐标系”中选择"],
  [/请加 --crs gcj02 或 --crs bd09/g, "请在“坐标系”中选择 GCJ-02 或 BD-09"],
  [/(请用|请) ?--crs (指定|指明坐标系)/g, "请在“坐标系”中选择"],
  [/用 --crs 指明坐标系/g, "请在“坐标系”中选择"],
  [/请在映射文件中指明，或用 --set \S+?=值/g, "请在上面选择字段，或选“固定值”"],
  [/：在导入页面上选，或写进映射文件的 \[places\]（[^）]*）/g, "，在“坐标列”中选择"],
  [/: choose them on the import page, or name them in \[places\][^.]*/g, ": choose them under “Columns of coordinates”"],
  [/，?或?在映射文件 \[values\.[^\]]*\] 中对应/g, ""],
  [/--set (\S+)/g, "固定值 $1"],
  [/; name (it|the right one)(, for example --crs EPSG:4549|,? with --crs)/g, ": choose it under “CRS”"],
  [/, name it with --crs|: name the CRS with --crs|; name the CRS with --crs/g, ": choose it under “CRS”"],
  [/name one in a mapping, or use --set/g, "choose a field above, or a constant"],
  [/need(s?) --crs gcj02/g, "need$1 GCJ-02"],
  [/from Baidu --crs bd09/g, "from Baidu BD-09"],
  [/--crs (\S+)/g, "$1"],
];

/** The half of a two-language sentence that the reader understands; a sentence in one language as it is. */
export function half(text, english) {
  const found = /^(.*?) \/ (.*)$/s.exec(text) ?? /^(.*?[。；]) (.*)$/s.exec(text);
  return found ? found[english ? 2 : 1].trim() : text;
}

/** A server's sentence as this page says it. */
export function spoken(text, english) {
  return OPTIONS.reduce((said, [pattern, words]) => said.replace(pattern, words), half(text, english));
}

/** Bytes as people read them. */
export function bytes(number) {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  let value = number;
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
