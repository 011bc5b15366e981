// The page's own wasm renderer, loaded into Node, and pictures drawn with it.
import { readFileSync } from "node:fs";
import { hexToBytes } from "viem";
import { initSync, Painter, pixelRoot } from "../src/generated/renderer/renderer.js";

initSync({ module: readFileSync(new URL("../src/generated/renderer/renderer_bg.wasm", import.meta.url)) });

/** Draws a blueprint: all pixels as RGBA. */
export function paint({ model, rendererVersion, seed, traits, size }) {
  const painter = new Painter(hexToBytes(model), rendererVersion, hexToBytes(seed), hexToBytes(traits));
  try {
    return painter.rows(size, 0, size);
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
