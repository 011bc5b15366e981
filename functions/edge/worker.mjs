// The way into the Worker: hands the runtime's events to the WebAssembly module.
//
// A panic in Rust stops the module where it is, with no more to say than `unreachable`, and leaves its memory in an
// unknown state. That is noted (`criticalError`), and the next event gets a fresh one; objects made by the one before are
// made anew. They keep nothing in memory that isn't in their storage.

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import * as module from "./functions.js";

const state = module.__worker_init_state();

function broken(error) {
  if (error instanceof WebAssembly.RuntimeError) {
    console.error("the module has failed", error);
    state.criticalError = true;
  }
}

/** Calls into the module, after having mended it where that is due. */
async function enter(call) {
  if (state.criticalError) {
    console.log("starting the module anew");
    module.__wbg_reset_state();
    state.criticalError = false;
    state.instanceId += 1;
  }
  try {
    return await call();
  } catch (error) {
    broken(error);
    throw error;
  }
}

// What fails after an await has no caller to catch it.
addEventListener("error", (event) => broken(event.error));

export class Ledger extends DurableObject {
  #instanceId;
  #ledger;

  fetch(request) {
    return enter(() => {
      if (this.#instanceId !== state.instanceId) {
        this.#ledger = new module.Ledger(this.ctx, this.env);
        this.#instanceId = state.instanceId;
      }
      return this.#ledger.fetch(request);
    });
  }
}

export default class extends WorkerEntrypoint {
  fetch(request) {
    return enter(() => module.fetch(request, this.env, this.ctx));
  }

  queue(batch) {
    return enter(() => module.queue(batch, this.env, this.ctx));
  }

  scheduled(event) {
    return enter(() => module.scheduled(event, this.env, this.ctx));
  }
}
