// Checks that the pinned picture shows exactly what was drawn here.
import { Failure } from "../failure.ts";
import { decodePng } from "../png.ts";
import { type Check, fails, holds, type Outcome } from "./check.ts";

export const pixelsCheck: Check = {
  id: "pixels",
  title: "Pinned and redrawn pixels are equal",
  async run({ image, painted }) {
    const [file, { size, proof }] = await Promise.all([image(), painted()]);
    if (!proof) throw new Failure("The picture was drawn without keeping its pixels.");
    const pinned = await decodePng(file).catch((error: unknown) => error);
    if (pinned instanceof Failure)
      return fails(pinned.message, `a PNG of ${size} × ${size} pixels`, "a damaged or different file");
    if (pinned instanceof Error) throw pinned;
    return comparePixels(pinned as Awaited<ReturnType<typeof decodePng>>, size, proof.rgba);
  },
};

/** Compares a decoded PNG with RGBA pixels of a square picture. */
export function comparePixels(
  pinned: { width: number; height: number; rgb: Uint8Array },
  size: number,
  rgba: Uint8ClampedArray,
): Outcome {
  const { width, height, rgb } = pinned;
  if (width !== size || height !== size) {
    return fails("The pinned picture has another size.", `${size} × ${size}`, `${width} × ${height}`);
  }
  let different = 0;
  let first = -1;
  for (let pixel = 0; pixel < size * size; pixel++) {
    if (colour(rgba, pixel * 4) === colour(rgb, pixel * 3)) continue;
    different += 1;
    if (first < 0) first = pixel;
  }
  if (different === 0) return holds("Every pixel of the pinned file is the pixel drawn here.");
  const place = `column ${first % size}, row ${Math.floor(first / size)}`;
  return fails(
    `${different.toLocaleString("en")} ${different === 1 ? "pixel differs" : "pixels differ"}, the first in ${place}.`,
    `#${hex(colour(rgba, first * 4))}`,
    `#${hex(colour(rgb, first * 3))}`,
  );
}

function colour(channels: ArrayLike<number>, at: number): number {
  return ((channels[at] as number) << 16) | ((channels[at + 1] as number) << 8) | (channels[at + 2] as number);
}

function hex(rgb: number): string {
  return rgb.toString(16).padStart(6, "0");
}
