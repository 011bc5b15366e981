// Draws in the thread that asks, in browsers, in Node and in other runtimes: the whole picture at once.
import { loadWasm } from "#load-wasm";
import initialise, { Painter, pixelRoot } from "../generated/renderer/renderer.js";
import { once } from "../once.ts";
import { type Depicted, drawingOf } from "./drawing.ts";
import { toHex } from "./hex.ts";
import type { Drawing, Pixels } from "./messages.ts";
import { type Painter as Draws, type PaintOptions, whatIsWrong } from "./painter.ts";

/** A drawn picture. */
export interface Picture {
  /** Width and height in pixels. */
  size: number;
  /** All pixels, row by row, four bytes each. */
  rgba: Pixels;
  /** Merkle root over the picture's tiles; the contract's, if this is the attested size and the picture isn't smooth. */
  pixelRoot: `0x${string}`;
}

const ready = once(async () => void (await initialise({ module_or_path: await loadWasm() })));

/** Draws a token at any size from 1 to 4096: the same pixels everywhere. `smooth` softens edges, up to 2048. */
export async function render(
  blueprint: Depicted,
  { size, smooth = false }: { size: number; smooth?: boolean },
): Promise<Picture> {
  await ready();
  const rgba = draw(drawingOf(blueprint), { size, smooth });
  return { size, rgba, pixelRoot: rootOf(size, rgba) };
}

/** A painter that draws in this thread, for where there are no workers. */
export function createPainter(): Draws {
  const paint = async (drawing: Drawing, options: PaintOptions) => {
    await ready();
    const { size, rows, proof, signal, onRows } = options;
    signal?.throwIfAborted();
    const start = performance.now();
    const rgba = draw(drawing, options);
    const ms = performance.now() - start;
    onRows?.(rows?.from ?? 0, rgba);
    return { size, ms, proof: proof ? { pixelRoot: rootOf(size, rgba), rgba } : undefined };
  };
  return { paint };
}

function draw({ model, stages, seed, traits }: Drawing, options: PaintOptions): Pixels {
  const wrong = whatIsWrong(options);
  if (wrong) throw new RangeError(wrong);
  const { size, smooth, rows: { from, to } = { from: 0, to: size } } = options;
  const painter = new Painter(model, stages, seed, traits);
  try {
    return new Uint8ClampedArray(smooth ? painter.smoothRows(size, from, to) : painter.rows(size, from, to));
  } finally {
    painter.free();
  }
}

function rootOf(size: number, rgba: Pixels): `0x${string}` {
  return toHex(pixelRoot(size, new Uint8Array(rgba.buffer)));
}
