// The way into the Worker that asks servers which run models.
import { WorkerEntrypoint } from "cloudflare:workers";
import { enter, module } from "./module.mjs";

export default class extends WorkerEntrypoint {
  fetch(request) {
    return enter(() => module.fetch(request, this.env, this.ctx));
  }
}
