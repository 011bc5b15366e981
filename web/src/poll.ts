// Asking again and again, calmly: trouble is shown to the reader and waited out.
import { asFailure, type Failure } from "@verdigris/sdk";
import { findings } from "./verdict.ts";
import { showTrouble } from "./view/notice.ts";

/** What keeps each that asks from getting on. */
const troubles = new Map<symbol, Failure>();

/** Runs `step` until it answers true, `wait()` milliseconds apart; while it fails, says why above the page. */
export async function poll(wait: () => number, step: () => Promise<boolean>): Promise<void> {
  const self = Symbol();
  for (let done = false; !done; ) {
    try {
      done = await step();
      troubles.delete(self);
    } catch (error) {
      troubles.set(self, asFailure(error));
    }
    tell([...troubles.values()][0]);
    if (!done) await pause(wait());
  }
}

function tell(failure: Failure | undefined): void {
  findings.trouble = failure?.message;
  showTrouble(failure, failure?.advice || "The page goes on trying, and continues by itself.");
}

/** Resolves after so many milliseconds, and not before the page is visible: while nobody looks, nothing is asked. */
export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  if (!document.hidden) return;
  await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}
