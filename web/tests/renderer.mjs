// The page's own wasm renderer, loaded into Node, and pictures drawn with it.
import { readFileSync } from "node:fs";
import { hexToBytes } from "viem";
import { initSync, Painter, pixelRoot } from "../sdk/src/generated/renderer/renderer.js";

/** Its module. */
export const wasm = readFileSync(new URL("../sdk/src/generated/renderer/renderer_bg.wasm", import.meta.url));

initSync({ module: wasm });

export { Painter, pixelRoot };

/** Draws a blueprint, `stripe` rows at a time, with smooth edges if it should: all pixels as RGBA. */
export function paint({ model, stages, seed, traits, size, stripe = size, smooth = false }) {
  const painter = new Painter(hexToBytes(model), stages, hexToBytes(seed), hexToBytes(traits));
  const rgba = new Uint8Array(size * size * 4);
  try {
    const rows = (from, to) => (smooth ? painter.smoothRows(size, from, to) : painter.rows(size, from, to));
    for (let y = 0; y < size; y += stripe) rgba.set(rows(y, Math.min(size, y + stripe)), y * size * 4);
    return rgba;
  } finally {
    painter.free();
  }
}

/** The root over a picture's tiles, as bytes. */
export function rootOf(size, rgba) {
  return pixelRoot(size, rgba);
}

/** RGBA without A. */
export function withoutAlpha(rgba) {
  return rgba.filter((_, at) => at % 4 !== 3);
}
