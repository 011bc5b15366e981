// Compares pixels drawn here with pixels from elsewhere, and says where they differ first.
import { fails, holds, type Outcome } from "./check.ts";

/** Pixels from elsewhere: three bytes each, row by row. */
export interface Theirs {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/** Pixels drawn here, of a square picture: four bytes each, row by row. */
export interface Ours {
  size: number;
  rgba: Uint8ClampedArray;
}

/** Holds if every pixel is the same. */
export function comparePixels(theirs: Theirs, { size, rgba }: Ours, words: { holds: string; size: string }): Outcome {
  const { width, height, rgb } = theirs;
  if (width !== size || height !== size) return fails(words.size, `${size} × ${size}`, `${width} × ${height}`);
  let different = 0;
  let first = -1;
  for (let pixel = 0; pixel < size * size; pixel++) {
    if (colourAt(rgba, pixel * 4) === colourAt(rgb, pixel * 3)) continue;
    different += 1;
    if (first < 0) first = pixel;
  }
  if (different === 0) return holds(words.holds);
  const place = `column ${first % size}, row ${Math.floor(first / size)}`;
  return fails(
    `${different.toLocaleString("en")} ${different === 1 ? "pixel differs" : "pixels differ"}, the first in ${place}.`,
    `#${colourAt(rgba, first * 4)}`,
    `#${colourAt(rgb, first * 3)}`,
  );
}

/** The colour whose red stands at `at`: six digits. */
export function colourAt(channels: ArrayLike<number>, at: number): string {
  const rgb = ((channels[at] as number) << 16) | ((channels[at + 1] as number) << 8) | (channels[at + 2] as number);
  return rgb.toString(16).padStart(6, "0");
}
