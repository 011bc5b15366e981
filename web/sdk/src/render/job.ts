// One picture in the making: takes it apart into orders for workers, and puts it together from what they deliver.
import { Failure } from "../failure.ts";
import type { Delivery, Drawing, Order, Pixels, Proof } from "./messages.ts";
import type { Painted, PaintOptions } from "./painter.ts";
import { cutStripes } from "./stripes.ts";

/** One picture in the making. */
export interface Job {
  drawing: Drawing;
  /** What goes before what: lower ones first. */
  rank: number;
  /** Whether there is something to do for it now. */
  hasWork(): boolean;
  /** The next thing to do, where `workers` share the work. */
  next(workers: number): Order;
  /** Takes what came of an order; true once the picture is complete. */
  take(delivery: Delivery): boolean;
  /** Gives the picture up. */
  reject(reason: unknown): void;
}

/** A check waits for a picture, or an eye, or nobody just now. */
const RANKS = { check: 0, eye: 1, patient: 2 };

/** Who waits for the picture. */
export interface Settle {
  resolve(painted: Painted): void;
  reject(reason: unknown): void;
}

/** What drawing takes on this machine, as far as earlier pictures have shown. */
export interface Pace {
  /** Milliseconds for a sample: a pixel has one, and four if it is smooth. */
  sampleMs: number | undefined;
}

/** A picture of which nothing is drawn yet. */
export function createJob(drawing: Drawing, options: PaintOptions, pace: Pace, { resolve, reject }: Settle): Job {
  const { size, smooth = false, onRows } = options;
  const whole = options.proof ? new Uint8ClampedArray(size * size * 4) : undefined;
  const rows = options.rows ?? { from: 0, to: size };
  const samples = size * (smooth ? 4 : 1); // in a row
  const stripes = cutStripes(rows, () => pace.sampleMs && pace.sampleMs * samples);
  let missing = rows.to - rows.from;
  let unproven: Pixels | undefined;
  let [start, ms] = [0, 0];

  const takeRows = (y: number, rgba: Pixels, spent: number) => {
    const drawn = rgba.length / (size * 4);
    missing -= drawn;
    stripes.learn(drawn, spent);
    pace.sampleMs = spent / (drawn * samples) || pace.sampleMs;
    whole?.set(rgba, y * size * 4);
    onRows?.(y, rgba);
    if (missing > 0) return false;
    ms = performance.now() - start;
    unproven = whole;
    return whole ? false : finish(undefined);
  };
  const finish = (proof: Proof | undefined) => {
    resolve({ size, ms, proof });
    return true;
  };
  return {
    drawing,
    rank: whole ? RANKS.check : options.patient ? RANKS.patient : RANKS.eye,
    hasWork: () => stripes.isLeft() || unproven !== undefined,
    next(workers) {
      if (unproven) {
        const rgba = unproven;
        unproven = undefined;
        return { kind: "prove", size, rgba };
      }
      start ||= performance.now();
      return { kind: "rows", size, smooth, ...stripes.next(workers) };
    },
    take(delivery) {
      if (delivery.kind === "failed") throw new Failure(delivery.message);
      if (delivery.kind === "rows") return takeRows(delivery.y, delivery.rgba, delivery.ms);
      return delivery.kind === "proof" && finish(delivery.proof);
    },
    reject,
  };
}
