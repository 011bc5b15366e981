// The way into the Worker: hands the runtime's events to the WebAssembly module.
//
// Objects made by a module that failed are made anew. They keep nothing in memory that isn't in their storage.

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import { enter, module, state } from "./module.mjs";

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
