// Reads and writes a PNG's pixels exactly. A browser's own decoder may change them on their way through a canvas (colour
// profiles, noise against fingerprinting), and a check that compares bytes can't have that.
import { Failure } from "../failure.ts";

/** A picture's pixels: three bytes each, row by row. */
export interface Pixels {
  width: number;
  height: number;
  rgb: Uint8Array;
}

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const CHANNELS = 3;
const MAX_SIDE = 4096;
/** Depth 8, colour type 2 (RGB), the one compression, the one filter method, no interlacing. */
const KIND = [8, 2, 0, 0, 0];
/** The line filter that keeps the difference from the row above. */
const UP = 2;

/** The pixels of a PNG with 8-bit RGB pixels that is not interlaced, the only kind that is pinned or made in the contract. */
export async function decodePng(file: Uint8Array): Promise<Pixels> {
  if (!SIGNATURE.every((byte, at) => file[at] === byte)) throw new Failure("The file is not a PNG.");
  const { width, height, parts } = readChunks(file);
  const row = width * CHANNELS;
  const filtered = await inflate(parts, height * (row + 1));
  return { width, height, rgb: unfilter(filtered, row, height) };
}

/** A PNG of a square picture, RGB: the alpha of its pixels, RGBA, is left out. The size of the file is not the point. */
export async function encodePng({
  size,
  rgba,
}: {
  size: number;
  rgba: Uint8ClampedArray;
}): Promise<Uint8Array<ArrayBuffer>> {
  const row = size * CHANNELS;
  const filtered = new Uint8Array(size * (row + 1));
  for (let y = 0; y < size; y++) {
    const to = y * (row + 1) + 1;
    for (let x = 0; x < row; x++) {
      const at = (y * size + Math.floor(x / CHANNELS)) * 4 + (x % CHANNELS);
      const up = y > 0 ? (rgba[at - size * 4] as number) : 0;
      filtered[to + x] = (rgba[at] as number) - up;
    }
    filtered[to - 1] = UP;
  }
  const deflated = new Blob([filtered]).stream().pipeThrough(new CompressionStream("deflate"));
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, size);
  view.setUint32(4, size);
  header.set(KIND, 8);
  const chunks = [chunk("IHDR", header), chunk("IDAT", await bytesOf(deflated)), chunk("IEND", new Uint8Array())];
  return bytesOf(new Blob([Uint8Array.from(SIGNATURE), ...chunks]).stream());
}

async function bytesOf(stream: ReadableStream): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Length, name, data, and the CRC-32 of name and data. */
function chunk(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(data.length + 12);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  whole.set(new TextEncoder().encode(name), 4);
  whole.set(data, 8);
  view.setUint32(8 + data.length, crc32(whole.subarray(4, 8 + data.length)));
  return whole;
}

/** The CRC-32 of the PNG specification, annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function readChunks(file: Uint8Array): { width: number; height: number; parts: Uint8Array<ArrayBuffer>[] } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size: { width: number; height: number } | undefined;
  for (let at = SIGNATURE.length; at + 12 <= file.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const start = at + 8;
    at = start + length + 4;
    if (at > file.length) break;
    if (name === "IHDR") size = readHeader(view, start, length);
    if (name === "IDAT") parts.push(new Uint8Array(file.subarray(start, start + length)));
    if (name === "IEND" && size) return { ...size, parts };
  }
  throw new Failure("The PNG is cut short.");
}

function readHeader(view: DataView, at: number, length: number): { width: number; height: number } {
  const [width, height] = length === 13 ? [view.getUint32(at), view.getUint32(at + 4)] : [0, 0];
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw new Failure(`The PNG’s header claims ${width} × ${height} pixels.`);
  }
  if (!KIND.every((byte, index) => view.getUint8(at + 8 + index) === byte)) {
    throw new Failure("The PNG doesn’t hold plain 8-bit RGB pixels.");
  }
  return { width, height };
}

/** Inflates zlib's format to exactly `length` bytes; stops as soon as there are more. */
async function inflate(parts: Uint8Array<ArrayBuffer>[], length: number): Promise<Uint8Array> {
  const whole = new Uint8Array(length);
  let filled = 0;
  try {
    const reader = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (filled + part.value.length > length) throw new RangeError("too long");
      whole.set(part.value, filled);
      filled += part.value.length;
    }
  } catch (error) {
    throw new Failure("The PNG’s pixels don’t unpack.", "", { cause: error });
  }
  if (filled !== length) throw new Failure("The PNG holds fewer pixels than its header says.");
  return whole;
}

/** Undoes PNG's line filters (PNG specification, section 9); each row of `filtered` starts with its filter's number. */
function unfilter(filtered: Uint8Array, row: number, height: number): Uint8Array {
  const rgb = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    const predict = predictor(filtered[y * (row + 1)] as number);
    const from = y * (row + 1) + 1;
    const to = y * row;
    for (let x = 0; x < row; x++) {
      const left = x >= CHANNELS ? (rgb[to + x - CHANNELS] as number) : 0;
      const up = y > 0 ? (rgb[to + x - row] as number) : 0;
      const corner = x >= CHANNELS && y > 0 ? (rgb[to + x - row - CHANNELS] as number) : 0;
      rgb[to + x] = (filtered[from + x] as number) + predict(left, up, corner);
    }
  }
  return rgb;
}

type Predictor = (left: number, up: number, corner: number) => number;

const PREDICTORS: Predictor[] = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const estimate = left + up - corner;
    const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
    return a <= b && a <= c ? left : b <= c ? up : corner;
  },
];

function predictor(filter: number): Predictor {
  const found = PREDICTORS[filter];
  if (!found) throw new Failure(`The PNG uses line filter ${filter}, which doesn’t exist.`);
  return found;
}
