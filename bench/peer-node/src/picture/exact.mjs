// Small integer arithmetic that several parts of a picture need. Everything is exact; docs/protocol.md, section 2.

/** 1024 times the sine of a quarter turn, in 64ths of a turn. */
const QUARTER = [0, 100, 200, 297, 392, 483, 569, 650, 724, 792, 851, 903, 946, 980, 1004, 1019, 1024];

/** `round(1024·sin(2π·angle/64))`. */
export function sine(angle) {
  const at = angle & 31;
  const value = QUARTER[at > 16 ? 32 - at : at];
  return angle & 32 ? -value : value;
}

/** `round(1024·cos(2π·angle/64))`. */
export const cosine = (angle) => sine((angle + 16) & 255);

/** A byte as two's complement. */
export const signed = (byte) => (byte << 24) >> 24;

/** The distance of two coordinates from zero, rounded down; doubles hold the sum of squares and its root exactly enough. */
export const length = (x, y) => Math.sqrt(x * x + y * y) | 0;

/** Where the middle of a column or row lies in the picture, -2048 to 2047. */
export const coordinate = (size, i) => Math.floor(((2 * i + 1) * 2048) / size) - 2048;

/** How much of a pixel a shape covers whose edge is `inside` units away, 0 to 256. */
export const coverage = (size, inside) => Math.max(0, Math.min(128 + ((inside * size) >> 4), 256));

/** Lays ink over the colour at `rgb[at..at + 3]`. */
export function lay(rgb, at, ink, covered) {
  if (covered === 0) return;
  const left = 256 - covered;
  rgb[at] = (rgb[at] * left + ink[0] * covered + 128) >> 8;
  rgb[at + 1] = (rgb[at + 1] * left + ink[1] * covered + 128) >> 8;
  rgb[at + 2] = (rgb[at + 2] * left + ink[2] * covered + 128) >> 8;
}
