// Draws pictures in the page's own thread, a stripe of rows at a time, so that the page never stalls for long.
//
// Not in workers, as the SDK does: a worker's script must come from the page's own origin, and this one may lie anywhere.
import { Failure } from "../../sdk/src/failure.ts";
import { Painter, pixelRoot } from "../../sdk/src/generated/renderer/renderer.js";
import { toHex } from "../../sdk/src/render/hex.ts";
import type { Drawing, Pixels } from "../../sdk/src/render/messages.ts";
import { cutStripes } from "../../sdk/src/render/stripes.ts";
import { loadRenderer } from "./renderer.ts";

/** How to draw a picture. */
export interface PaintOptions {
  /** Width and height in pixels. */
  size: number;
  /** Each pixel the mean of 2×2 samples; such a picture is for an eye, and goes before those that are for checks. */
  smooth: boolean;
  signal: AbortSignal;
  /** Called with each stripe from the top: RGBA, its first row at `y`. */
  onRows: (y: number, rgba: Pixels) => void;
}

/** A row is drawn at one go, and any collection may name any network: one that holds the page up for longer isn't drawn. */
const MOST_ROW_MS = 250;
/** So many pixels are drawn, some times over, to learn how long others will take. */
const [SAMPLES, SAMPLINGS] = [64, 3];

/** Who waits for a turn; the lowest rank goes first. */
const waiting: { rank: number; go: () => void }[] = [];
/** What a check waits for comes after everything that an eye waits for. */
const CHECKS_LAST = 1e9;
let pictures = 0;

/** Draws a picture. */
export async function paint(drawing: Drawing, { size, smooth, signal, onRows }: PaintOptions): Promise<void> {
  await loadRenderer();
  signal.throwIfAborted();
  const rank = pictures++ + (smooth ? 0 : CHECKS_LAST);
  const painter = new Painter(drawing.model, drawing.stages, drawing.seed, drawing.traits);
  const stripes = cutStripes({ from: 0, to: size });
  try {
    const rowMs = sampleMs(painter) * size * (smooth ? 4 : 1);
    if (rowMs > MOST_ROW_MS) {
      throw new Failure(
        `The network is too large to be drawn here: ${Math.round(rowMs)} ms for a row of ${size} pixels.`,
      );
    }
    stripes.learn(1, rowMs);
    while (stripes.isLeft()) {
      await turn(rank);
      signal.throwIfAborted();
      const { from, to } = stripes.next(1);
      const start = performance.now();
      const rows = smooth ? painter.smoothRows(size, from, to) : painter.rows(size, from, to);
      stripes.learn(to - from, performance.now() - start);
      onRows(from, new Uint8ClampedArray(rows.buffer as ArrayBuffer));
    }
  } finally {
    painter.free();
  }
}

/** Milliseconds that a pixel takes; the browser compiles the renderer meanwhile, so the fastest of some is the truth. */
function sampleMs(painter: Painter): number {
  const times = Array.from({ length: SAMPLINGS }, () => {
    const start = performance.now();
    painter.rows(SAMPLES, 0, 1);
    return performance.now() - start;
  });
  return Math.min(...times) / SAMPLES;
}

/** The Merkle root over the tiles of a picture drawn exactly: what the contract holds. */
export async function paintRoot(drawing: Drawing, size: number, signal: AbortSignal): Promise<`0x${string}`> {
  const whole = new Uint8Array(size * size * 4);
  await paint(drawing, { size, smooth: false, signal, onRows: (y, rgba) => whole.set(rgba, y * size * 4) });
  await turn(CHECKS_LAST);
  return toHex(pixelRoot(size, whole));
}

/** One stripe a task, of whichever picture: in between the browser does what the page has for it. */
function turn(rank: number): Promise<void> {
  return new Promise((go) => {
    waiting.push({ rank, go });
    if (waiting.length === 1) setTimeout(giveTurn);
  });
}

function giveTurn(): void {
  waiting
    .sort((a, b) => a.rank - b.rank)
    .shift()
    ?.go();
  if (waiting.length > 0) setTimeout(giveTurn);
}
