// Draws pictures in workers, as many as there are cores, so that the page never stalls: rows come as they are drawn.
import { Failure } from "../failure.ts";
import { createJob, type Pace } from "./job.ts";
import type { Drawing, Pixels, Proof } from "./messages.ts";
import { createPool } from "./pool.ts";
import type { Rows } from "./stripes.ts";

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
  /** Only these rows; all of them, unless given. */
  rows?: Rows;
  /** Keep all pixels and compute their root, for a check: such a picture goes before others. It takes all rows. */
  proof?: boolean;
  /** Let pictures that are asked for later go before, unless they are patient, too. */
  patient?: boolean;
}

/** Draws pictures in the order asked for; for checks first, patient ones last. */
export interface Painter {
  paint(drawing: Drawing, options: PaintOptions): Promise<Painted>;
}

/** A painter whose workers are started with the first picture, or at once where pictures are sure to come: `eager`. */
export function startPainter({ eager = false }: { eager?: boolean } = {}): Painter {
  const pool = createPool(Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1)));
  const pace: Pace = { sampleMs: undefined };
  if (eager) pool.staff();
  const paint: Painter["paint"] = (drawing, options) =>
    new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) return reject(signal.reason);
      const wrong = whatIsWrong(options);
      if (wrong) return reject(new Failure(wrong));
      const job = createJob(drawing, options, pace, { resolve, reject });
      signal?.addEventListener("abort", () => pool.drop(job, signal.reason), { once: true });
      pool.add(job);
    });
  return { paint };
}

/** Why a picture can’t be drawn so, if it can’t. */
export function whatIsWrong({ size, smooth, rows, proof }: PaintOptions): string | undefined {
  const most = smooth ? MOST_SMOOTH : MOST_PIXELS;
  if (!Number.isInteger(size) || size < 1 || size > most) {
    return `A ${smooth ? "smooth " : ""}picture has 1 to ${most} pixels a side, not ${size}.`;
  }
  if (!rows) return undefined;
  if (proof) return "A picture for a check takes all rows.";
  const { from, to } = rows;
  const isThere = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= size;
  return isThere ? undefined : `A picture of ${size} rows has no rows ${from} to ${to}.`;
}
