// The WebAssembly module, and the way into it that survives its failures.
//
// A panic in Rust stops the module where it is, with no more to say than `unreachable`, and leaves its memory in an
// unknown state. That is noted (`criticalError`), and the next event gets a fresh one.

import * as module from "./functions.js";

export { module };

/** How the module is, and which one it is by now. */
export const state = module.__worker_init_state();

function broken(error) {
  if (error instanceof WebAssembly.RuntimeError) {
    console.error("the module has failed", error);
    state.criticalError = true;
  }
}

/** Calls into the module, after having mended it where that is due. */
export async function enter(call) {
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
