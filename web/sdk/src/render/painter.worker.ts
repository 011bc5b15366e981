// Draws with the wasm renderer, away from the page: what to draw next is for the page to say.
import initialise, { Painter, pixelRoot } from "../generated/renderer/renderer.js";
import { toHex } from "./hex.ts";
import type { Delivery, Drawing, Order, Proof } from "./messages.ts";

/** What a dedicated worker's global scope offers; TypeScript's library can't have it beside the page's. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage(delivery: Delivery, transfer?: Transferable[]): void;
}

type Rows = Extract<Order, { kind: "rows" }>;
type Prove = Extract<Order, { kind: "prove" }>;

const scope = globalThis as unknown as WorkerScope;
let held: Drawing | undefined;
let painter: Painter | undefined;

scope.onmessage = ({ data: order }) => {
  try {
    if (order.kind === "hold") hold(order.drawing);
    else if (order.kind === "rows") draw(order);
    else prove(order);
  } catch (error) {
    scope.postMessage({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
};

// An error that is reported, unlike a rejected promise, reaches the page.
initialise({ module_or_path: new URL("../generated/renderer/renderer_bg.wasm", import.meta.url) }).then(
  () => scope.postMessage({ kind: "ready" }),
  reportError,
);

function hold(drawing: Drawing | undefined): void {
  const before = painter;
  [painter, held] = [undefined, drawing];
  try {
    before?.free();
  } catch {
    // It broke while it drew, which was said then; nobody waits for this.
  }
}

function draw({ size, smooth, from, to }: Rows): void {
  const start = performance.now();
  painter ??= createPainter();
  const rgba = new Uint8ClampedArray(smooth ? painter.smoothRows(size, from, to) : painter.rows(size, from, to));
  scope.postMessage({ kind: "rows", y: from, rgba, ms: performance.now() - start }, [rgba.buffer]);
}

/** A malformed drawing is found here, and not while it is taken into the hand: only this is answered. */
function createPainter(): Painter {
  if (!held) throw new Error("There is nothing to draw.");
  return new Painter(held.model, held.stages, held.seed, held.traits);
}

function prove({ size, rgba }: Prove): void {
  const proof: Proof = { pixelRoot: toHex(pixelRoot(size, new Uint8Array(rgba.buffer))), rgba };
  scope.postMessage({ kind: "proof", proof }, [rgba.buffer]);
}
