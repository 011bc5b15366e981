// Writes PNGs for the tests, with any of the format's line filters.
import { crc32, deflateSync } from "node:zlib";

/** A PNG of 8-bit RGB pixels; row y uses filter `filterOf(y)`. */
export function encodePng({ width, height, rgb }, filterOf = () => 0) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const lines = Buffer.concat(Array.from({ length: height }, (_, y) => filterLine(rgb, width * 3, y, filterOf(y))));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(lines)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function filterLine(rgb, row, y, filter) {
  const at = (x, line) => (x < 0 || line < 0 ? 0 : rgb[line * row + x]);
  const predict = [
    () => 0,
    (x) => at(x - 3, y),
    (x) => at(x, y - 1),
    (x) => Math.floor((at(x - 3, y) + at(x, y - 1)) / 2),
    (x) => paeth(at(x - 3, y), at(x, y - 1), at(x - 3, y - 1)),
  ][filter];
  return Buffer.from([filter, ...Array.from({ length: row }, (_, x) => (at(x, y) - predict(x)) & 255)]);
}

function paeth(a, b, c) {
  const [pa, pb, pc] = [a, b, c].map((value) => Math.abs(a + b - c - value));
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(checksum(body), body.length + 4);
  return out;
}

const checksum = crc32 ?? slowChecksum; // zlib has it from Node 20.15 on

function slowChecksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
