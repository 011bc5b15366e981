// Draws pictures in workers, as many as there are cores, so that the page never stalls: rows come as they are drawn.
import { Failure } from "../failure.ts";
import { createJob } from "./job.ts";
import type { Drawing, Pixels, Proof } from "./messages.ts";
import { createPool } from "./pool.ts";

/** Each has a renderer of its own in memory, and the page has to look after them all. */
const MOST_WORKERS = 8;
/** A side of the largest picture that the renderer draws. */
export const MOST_PIXELS = 4096;
/** A side of the largest smooth one. */
export const MOST_SMOOTH = 2048;

/** A finished picture. */
export interface Painted {
  size: number;
  /** Milliseconds that one waited for it: from the first stripe handed to a worker to the last row, proof not included. */
  ms: number;
  proof: Proof | undefined;
}

/** Called with each stripe of rows as it is drawn, in any order: RGBA, as wide as the picture, its first row at `y`. */
export type OnRows = (y: number, rgba: Pixels) => void;

/** How to draw a picture. */
export interface PaintOptions {
  /** Width and height in pixels. */
  size: number;
  /** Each pixel the mean of 2×2 samples, which no check is about; up to 2048 pixels. */
  smooth?: boolean;
  signal?: AbortSignal;
  onRows?: OnRows;
  /** Keep all pixels and compute their root, for a check: such a picture goes before others. */
  proof?: boolean;
}

/** Draws pictures in the order asked for. */
export interface Painter {
  paint(drawing: Drawing, options: PaintOptions): Promise<Painted>;
}

/** A painter whose workers are started with the first picture. */
export function startPainter(): Painter {
  const pool = createPool(Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1)));
  const paint: Painter["paint"] = (drawing, options) =>
    new Promise((resolve, reject) => {
      const { signal, size } = options;
      if (signal?.aborted) return reject(signal.reason);
      if (!Number.isInteger(size) || size < 1 || size > MOST_PIXELS) {
        return reject(new Failure(`A picture has 1 to ${MOST_PIXELS} pixels a side, not ${size}.`));
      }
      const job = createJob(drawing, options, { resolve, reject });
      signal?.addEventListener("abort", () => pool.drop(job, signal.reason), { once: true });
      pool.add(job);
    });
  return { paint };
}
