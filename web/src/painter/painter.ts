// Draws pictures in a worker, so that the page never stalls: orders go in, rows come out from top to bottom.
import { type Hex, hexToBytes } from "viem";
import { Failure } from "../failure.ts";
import type { Delivery, Drawing, Order, Proof } from "./job.ts";

/** A finished picture. */
export interface Painted {
  size: number;
  /** Milliseconds that the renderer worked, without the pauses between rows. */
  ms: number;
  proof: Proof | undefined;
}

/** Called with each stripe of rows as it is drawn: RGBA, `size` pixels wide, its first row at `y`. */
export type OnRows = (y: number, rgba: Uint8ClampedArray<ArrayBuffer>) => void;

/** How to draw a picture. */
export interface PaintOptions {
  /** Width and height in pixels. */
  size: number;
  signal: AbortSignal;
  onRows?: OnRows;
  /** Keep all pixels and compute their root. */
  proof?: boolean;
}

/** Draws pictures one after another. */
export interface Painter {
  paint(drawing: Drawing, options: PaintOptions): Promise<Painted>;
}

interface Job {
  options: PaintOptions;
  resolve(painted: Painted): void;
  reject(reason: unknown): void;
}

/** Starts a drawing worker. */
export function startPainter(): Painter {
  const worker = new Worker(new URL("./painter.worker.ts", import.meta.url), { type: "module", name: "painter" });
  const jobs = new Map<number, Job>();
  let lastId = 0;
  let broken: Failure | undefined;
  const send = (order: Order) => worker.postMessage(order);

  worker.onmessage = ({ data }: MessageEvent<Delivery>) => deliver(jobs, data);
  worker.onerror = () => {
    broken = new Failure(
      "The renderer doesn’t start in this browser.",
      "It needs WebAssembly with SIMD (2023 or newer).",
    );
    for (const job of jobs.values()) job.reject(broken);
    jobs.clear();
  };

  const paint = (drawing: Drawing, options: PaintOptions) =>
    new Promise<Painted>((resolve, reject) => {
      if (broken) return reject(broken);
      if (options.signal.aborted) return reject(options.signal.reason);
      const id = ++lastId;
      jobs.set(id, { options, resolve, reject });
      options.signal.addEventListener(
        "abort",
        () => {
          if (!jobs.delete(id)) return;
          send({ kind: "cancel", id });
          reject(options.signal.reason);
        },
        { once: true },
      );
      send({ kind: "paint", id, drawing, size: options.size, proof: options.proof ?? false });
    });
  return { paint };
}

/** The part of a blueprint that the renderer takes. */
export function drawingOf(blueprint: { model: Hex; stages: number; seed: Hex; traits: Hex }): Drawing {
  return {
    model: hexToBytes(blueprint.model),
    stages: blueprint.stages,
    seed: hexToBytes(blueprint.seed),
    traits: hexToBytes(blueprint.traits),
  };
}

function deliver(jobs: Map<number, Job>, delivery: Delivery): void {
  const job = jobs.get(delivery.id);
  if (!job) return; // cancelled
  if (delivery.kind === "rows") {
    job.options.onRows?.(delivery.y, delivery.rgba);
    return;
  }
  jobs.delete(delivery.id);
  if (delivery.kind === "failed") job.reject(new Failure(delivery.message));
  else job.resolve({ size: job.options.size, ms: delivery.ms, proof: delivery.proof });
}
