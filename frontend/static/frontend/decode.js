/** A Mapbox vector tile (version 2) read in one go: every property once, every vertex once. Pure.
 *
 * What comes out is what protomaps-leaflet's own reader gives: layers by name, geometry in pixels of the tile. That one
 * reads each feature's properties five times, which on an old phone is a tenth of a second a screen. */

const UTF8 = new TextDecoder();
const [MOVE, LINE, CLOSE] = [1, 2, 7];
const EXTENT = 4096; // where a layer does not say

/** Read the bytes: Map of layer name → [{id, geomType, geom, bbox, props}]. `side` is the tile's pixels, `Point` the class
 * of the vertices. Throws RangeError where the bytes are no tile. */
export function decode(bytes, side, Point) {
  const layers = new Map();
  const tile = reader(bytes);
  tile.fields(bytes.length, (field) => {
    if (field !== 3) return false;
    const { name, features } = layerOf(tile, tile.end(), side, Point);
    layers.set(name, features);
    return true;
  });
  return layers;
}

function layerOf(tile, end, side, Point) {
  const [raw, keys, values] = [[], [], []];
  let name = "";
  let extent = EXTENT;
  tile.fields(end, (field) => {
    if (field === 1) name = tile.text();
    else if (field === 2) tile.at = raw[raw.push({ from: tile.at, to: tile.end() }) - 1].to;
    else if (field === 3) keys.push(tile.text());
    else if (field === 4) values.push(valueOf(tile, tile.end()));
    else if (field === 5) extent = tile.varint();
    else return false;
    return true;
  });
  const features = raw.map(({ from, to }) => {
    tile.at = from;
    tile.end();
    return featureOf(tile, to, { keys, values, scale: side / extent, Point });
  });
  tile.at = end;
  return { name, features };
}

function featureOf(tile, end, { keys, values, scale, Point }) {
  const feature = { id: undefined, geomType: 0, geom: [], bbox: null, props: {} };
  tile.fields(end, (field) => {
    if (field === 1) feature.id = tile.varint();
    else if (field === 2) {
      for (const to = tile.end(); tile.at < to;) {
        const [key, value] = [tile.varint(), tile.varint()];
        if (key >= keys.length || value >= values.length) throw new RangeError("a property that is not there");
        feature.props[keys[key]] = values[value];
      }
    } else if (field === 3) feature.geomType = tile.varint();
    else if (field === 4) Object.assign(feature, geometryOf(tile, tile.end(), scale, Point));
    else return false;
    return true;
  });
  return feature;
}

function geometryOf(tile, end, scale, Point) {
  const geom = [];
  let [line, x, y, minX, minY, maxX, maxY] = [null, 0, 0, Infinity, Infinity, -Infinity, -Infinity];
  while (tile.at < end) {
    const command = tile.varint();
    if ((command & 7) === CLOSE) {
      if (!line) throw new RangeError("a ring that was never begun");
      line.push(new Point(line[0].x, line[0].y));
      continue;
    }
    if ((command & 7) !== MOVE && (command & 7) !== LINE) throw new RangeError(`command ${command}`);
    for (let left = command >>> 3; left > 0; left--) {
      x += tile.signed() * scale;
      y += tile.signed() * scale;
      if (x < minX) minX = x;
      if (x > maxX) maxX = x;
      if (y < minY) minY = y;
      if (y > maxY) maxY = y;
      if ((command & 7) === MOVE) geom.push((line = []));
      line.push(new Point(x, y));
    }
  }
  return { geom, bbox: { minX, minY, maxX, maxY } };
}

function valueOf(tile, end) {
  let value = null;
  tile.fields(end, (field) => {
    if (field === 1) value = tile.text();
    else if (field === 2) value = tile.float(4);
    else if (field === 3) value = tile.float(8);
    else if (field === 4) value = tile.int64();
    else if (field === 5) value = tile.varint();
    else if (field === 6) value = tile.signed();
    else if (field === 7) value = tile.varint() !== 0;
    else return false;
    return true;
  });
  return value;
}

/** A place in protocol buffer bytes, and what can be read there. */
function reader(bytes) {
  const numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    at: 0,
    /** Have `take(field)` read each field up to `end`; what it does not want is skipped. */
    fields(end, take) {
      while (this.at < end) {
        const tag = this.varint();
        if (!take(tag >> 3)) this.skip(tag & 7);
      }
    },
    varint() {
      let byte = bytes[this.at++];
      if (byte < 128) return byte; // most are
      let value = byte & 127;
      for (let place = 128; byte > 127; place *= 128) {
        byte = bytes[this.at++];
        value += (byte & 127) * place;
      }
      if (byte === undefined) throw new RangeError("the tile is cut off");
      return value;
    },
    /** Negative numbers take all ten bytes, more than a number of JavaScript holds. */
    int64() {
      let value = 0n;
      for (let place = 0n, more = true; more; place += 7n) {
        const byte = bytes[this.at++] ?? 0;
        value |= BigInt(byte & 127) << place;
        more = byte > 127;
      }
      return Number(BigInt.asIntN(64, value));
    },
    signed() {
      const value = this.varint();
      if (value < 0x80000000) return (value >>> 1) ^ -(value & 1);
      return value % 2 ? -(value + 1) / 2 : value / 2;
    },
    /** The length that stands here, as the place where it ends. */
    end() {
      const length = this.varint();
      return this.at + length;
    },
    text() {
      const to = this.end();
      return UTF8.decode(bytes.subarray(this.at, (this.at = to)));
    },
    float(size) {
      const from = this.at;
      this.at += size;
      return size === 4 ? numbers.getFloat32(from, true) : numbers.getFloat64(from, true);
    },
    skip(kind) {
      if (kind === 0) this.varint();
      else if (kind === 2) this.at = this.end();
      else this.at += kind === 1 ? 8 : 4;
    },
  };
}
