// The verdict in a sentence, announced to screen readers when it changes.
import { Stage } from "../chain/token.ts";
import type { Outcome, Status } from "../verify/check.ts";
import { verdictOf } from "../verify/verify.ts";
import { h } from "./element.ts";
import { icon } from "./icon.ts";

interface Words {
  status: Status;
  title: string;
  text: string;
}

/** The verdict's place on the page. */
export interface Summary {
  element: HTMLElement;
  /** Sums up a token at a stage; `outcomes` are those of all checks. */
  show(stage: number, outcomes: readonly Outcome[], drawBlock: bigint): void;
}

/** A verdict not reached yet. */
export function createSummary(): Summary {
  const element = h("div", { class: "summary", role: "status" });
  let last = "";
  const show: Summary["show"] = (stage, outcomes, drawBlock) => {
    const words = sumUp(stage, outcomes, drawBlock);
    const text = words.title + words.text;
    if (text === last) return; // said before; say it once
    last = text;
    element.dataset.status = words.status;
    element.replaceChildren(icon(words.status), h("strong", {}, words.title), h("p", {}, words.text));
  };
  return { element, show };
}

function sumUp(stage: number, outcomes: readonly Outcome[], drawBlock: bigint): Words {
  const count = (status: Status) => outcomes.filter((outcome) => outcome.status === status).length;
  const all = outcomes.length;
  const verdict = verdictOf(outcomes);
  if (verdict === "failed") {
    const failed = count("fails");
    const text = `${failed} of ${all} checks ${failed === 1 ? "fails" : "fail"}. Below is what was expected and what was found.`;
    return { status: "fails", title: "Not what it claims to be", text };
  }
  if (verdict === "verified") {
    const text = `Your browser has drawn this picture itself, and all ${all} checks hold.`;
    return { status: "holds", title: "Verified", text };
  }
  if (stage === Stage.Minted) {
    const text = `It comes from the hash of block ${drawBlock}, which nobody could know when the token was minted.`;
    return { status: "pending", title: "Waiting for its seed", text };
  }
  if (count("unknown") > 0 && count("pending") === 0) {
    const text = `${count("unknown")} of ${all} checks can’t run right now. The page goes on trying.`;
    return { status: "unknown", title: "Not verified yet", text };
  }
  if (stage === Stage.Drawn) {
    const text = "Your browser can draw the picture already. The attested one is being made.";
    return { status: "pending", title: "Waiting for its picture", text };
  }
  return { status: "pending", title: "Checking", text: "Your browser draws the picture again and compares." };
}
