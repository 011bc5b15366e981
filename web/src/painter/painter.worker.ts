// Draws pictures with the wasm renderer, away from the page: one order at a time, a stripe of rows at a time.
import initialise, { Painter, pixelRoot } from "../generated/renderer/renderer.js";
import wasmAddress from "../generated/renderer/renderer_bg.wasm?url";
import type { Delivery, Order, Proof } from "./job.ts";

/** A stripe should take about this long, so that a picture appears smoothly and a cancelled one ends at once. */
const STRIPE_MS = 12;

type Paint = Extract<Order, { kind: "paint" }>;

/** What a dedicated worker's global scope offers; TypeScript's library can't have it beside the page's. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage(delivery: Delivery, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const ready = initialise({ module_or_path: wasmAddress });
const waiting: Paint[] = [];
const cancelled = new Set<number>();
let busy = false;

scope.onmessage = ({ data: order }) => {
  if (order.kind === "cancel") cancelled.add(order.id);
  else waiting.push(order);
  if (!busy) void work();
};

async function work(): Promise<void> {
  busy = true;
  for (let order = waiting.shift(); order; order = waiting.shift()) {
    try {
      await ready;
      await paint(order);
    } catch (error) {
      scope.postMessage({ kind: "failed", id: order.id, message: reason(error) });
    }
  }
  cancelled.clear();
  busy = false;
}

async function paint({ id, drawing, size, proof }: Paint): Promise<void> {
  if (cancelled.delete(id)) return;
  const painter = new Painter(drawing.model, drawing.stages, drawing.seed, drawing.traits);
  try {
    const whole = proof ? new Uint8ClampedArray(size * size * 4) : undefined;
    const ms = await paintStripes(painter, { id, size, whole });
    if (ms !== undefined) scope.postMessage({ kind: "done", id, ms, proof: whole && prove(size, whole) });
  } finally {
    painter.free();
  }
}

/** Sends stripe after stripe; the milliseconds spent drawing, or nothing if the order was cancelled. */
async function paintStripes(
  painter: Painter,
  { id, size, whole }: { id: number; size: number; whole: Uint8ClampedArray | undefined },
): Promise<number | undefined> {
  let ms = 0;
  let rows = 8;
  for (let y = 0; y < size; ) {
    const end = Math.min(size, y + rows);
    const start = performance.now();
    const rgba = new Uint8ClampedArray(painter.rows(size, y, end));
    const spent = performance.now() - start;
    whole?.set(rgba, y * size * 4);
    scope.postMessage({ kind: "rows", id, y, rgba }, [rgba.buffer]);
    rows = Math.max(4, Math.min(256, Math.round((STRIPE_MS / Math.max(spent, 0.1)) * (end - y))));
    ms += spent;
    y = end;
    await nextTurn();
    if (cancelled.delete(id)) return undefined;
  }
  return ms;
}

function prove(size: number, rgba: Uint8ClampedArray<ArrayBuffer>): Proof {
  return { pixelRoot: hex(pixelRoot(size, new Uint8Array(rgba.buffer))), rgba };
}

function hex(bytes: Uint8Array): `0x${string}` {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Lets waiting messages in; a time-out would be stretched to 4 ms by the browser. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
