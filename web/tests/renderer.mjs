// The page's own wasm renderer, loaded into Node, and pictures drawn with it.
import { readFileSync } from "node:fs";
import { hexToBytes } from "viem";
import { initSync, Painter, pixelRoot } from "../src/generated/renderer/renderer.js";

initSync({ module: readFileSync(new URL("../src/generated/renderer/renderer_bg.wasm", import.meta.url)) });

/** Draws a blueprint, `stripe` rows at a time: all pixels as RGBA. */
export function paint({ model, stages, seed, traits, size, stripe = size }) {
  const painter = new Painter(hexToBytes(model), stages, hexToBytes(seed), hexToBytes(traits));
  const rgba = new Uint8Array(size * size * 4);
  try {
    for (let y = 0; y < size; y += stripe) rgba.set(painter.rows(size, y, Math.min(size, y + stripe)), y * size * 4);
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
