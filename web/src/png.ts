// Reads a PNG's pixels exactly. A browser's own decoder may change them on their way through a canvas (colour
// profiles, noise against fingerprinting), and a check that compares bytes can't have that.
import { Failure } from "./failure.ts";

/** A picture's pixels: three bytes each, row by row. */
export interface Pixels {
  width: number;
  height: number;
  rgb: Uint8Array;
}

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const CHANNELS = 3;
const MAX_SIDE = 4096;

/** The pixels of a PNG with 8-bit RGB pixels that is not interlaced, the only kind that is pinned or made in the contract. */
export async function decodePng(file: Uint8Array): Promise<Pixels> {
  if (!SIGNATURE.every((byte, at) => file[at] === byte)) throw new Failure("The file is not a PNG.");
  const { width, height, parts } = readChunks(file);
  const row = width * CHANNELS;
  const filtered = await inflate(parts, height * (row + 1));
  return { width, height, rgb: unfilter(filtered, row, height) };
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
  // Depth 8, colour type 2 (RGB), the one compression, the one filter method, no interlacing.
  if (![8, 2, 0, 0, 0].every((byte, index) => view.getUint8(at + 8 + index) === byte)) {
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
