// Stands in for the browser's workers: draws with the same renderer, but delivers when the test says so.
import { bytesToHex } from "viem";
import { Painter, pixelRoot } from "./renderer.mjs";

/** The workers that were started, in order. */
export const workers = [];
/** What they have to say, as functions that say it; the test calls them in the order that it likes. */
export const post = [];

/** A worker as painter.worker.ts is one. */
export class FakeWorker {
  holds = undefined;
  orders = [];

  constructor() {
    workers.push(this);
    this.#say({ kind: "ready" });
  }

  postMessage(order) {
    this.orders.push(order);
    if (order.kind === "hold") this.holds = order.drawing;
    else this.#say(this.#answer(order));
  }

  terminate() {}

  #say(data) {
    post.push(() => this.onmessage({ data }));
  }

  #answer(order) {
    try {
      if (order.kind === "rows") return drawRows(this.holds, order);
      const root = pixelRoot(order.size, new Uint8Array(order.rgba.buffer));
      return { kind: "proof", proof: { pixelRoot: bytesToHex(root), rgba: order.rgba } };
    } catch (error) {
      return { kind: "failed", message: error.message };
    }
  }
}

/** A row takes a millisecond, whatever the machine. */
function drawRows({ model, stages, seed, traits }, { size, smooth, from, to }) {
  const painter = new Painter(model, stages, seed, traits);
  const rgba = smooth ? painter.smoothRows(size, from, to) : painter.rows(size, from, to);
  painter.free();
  return { kind: "rows", y: from, rgba: new Uint8ClampedArray(rgba), ms: to - from };
}
