// The verdict in a sentence, announced to screen readers when it changes.
import { type CheckStatus, type Evidence, isSpared, type Outcome, Status as Request, verdictOf } from "@verdigris/sdk";
import { formatTime } from "./challenge-window.ts";
import { h } from "./element.ts";
import { icon } from "./icon.ts";

interface Words {
  status: CheckStatus;
  title: string;
  text: string;
  /** What the reader can run about it. */
  command?: string;
  /** True for what nobody may overlook. */
  loud?: boolean;
}

/** How the checks turned out, by their ids. */
type Outcomes = ReadonlyMap<string, Outcome>;

/** The verdict's place on the page. */
export interface Summary {
  element: HTMLElement;
  /** Sums up what is known of a token; `outcomes` are those of all checks. */
  show(evidence: Evidence, outcomes: Outcomes): void;
}

/** A verdict not reached yet. */
export function createSummary(): Summary {
  const element = h("div", { class: "summary", role: "status" });
  let last = "";
  const show: Summary["show"] = (evidence, outcomes) => {
    const { status, title, text, command, loud = false } = sumUp(evidence, outcomes);
    if (title + text === last) return; // said before; say it once
    last = title + text;
    element.dataset.status = status;
    element.classList.toggle("loud", loud);
    const hint = command ? h("code", { class: "command" }, command) : undefined;
    element.replaceChildren(icon(status), h("strong", {}, title), h("p", {}, text), ...(hint ? [hint] : []));
  };
  return { element, show };
}

function sumUp(evidence: Evidence, outcomes: Outcomes): Words {
  const all = [...outcomes.values()];
  const verdict = verdictOf(all);
  if (verdict === "failed") return sayFailed(evidence, outcomes);
  if (verdict === "verified") return sayVerified(all);
  if (evidence.phase === "minted") {
    const { drawBlock } = evidence.token;
    const text = `It comes from the hash of block ${drawBlock}, which nobody could know when the token was minted.`;
    return { status: "pending", title: "Waiting for its seed", text };
  }
  const unknown = all.filter((outcome) => outcome.status === "unknown" && !isSpared(outcome)).length;
  if (unknown > 0 && !all.some(({ status }) => status === "pending")) {
    const text = `${unknown} of ${all.length} checks can’t run right now. The page goes on trying.`;
    return { status: "unknown", title: "Not verified yet", text };
  }
  if (evidence.phase === "drawn") return sayDrawn(evidence);
  if (evidence.phase === "bonded") return sayBonded(evidence, outcomes);
  return { status: "pending", title: "Checking", text: "Your browser draws the picture again and compares." };
}

function sayVerified(all: readonly Outcome[]): Words {
  const spared = all.filter(isSpared).length;
  const rest = `${all.length - spared} checks hold; ${spared} more can’t be made through this node.`;
  const text = spared === 0 ? `all ${all.length} checks hold.` : rest;
  return { status: "holds", title: "Verified", text: `Your browser has drawn this picture itself, and ${text}` };
}

function sayFailed({ phase, standing }: Evidence, outcomes: Outcomes): Words {
  if (standing?.status === Request.Refuted) {
    const text =
      "Evidence of a higher level contradicts the answer that was accepted for this token. Don’t rely on the attested picture; anyone can ask for it again.";
    return { status: "fails", title: "Refuted", text, loud: true };
  }
  const isWrong = ["pixelRoot", "output"].some((id) => outcomes.get(id)?.status === "fails");
  if (phase === "bonded" && standing?.proposal && isWrong) {
    const end = formatTime(Number(standing.proposal.finalAfter));
    const text = `The network draws another picture from this seed. Until ${end} anyone can prove that in one transaction, and earn half of the bond:`;
    return {
      status: "fails",
      title: "The bonded answer is wrong",
      text,
      command: "verdigris challenge --watch",
      loud: true,
    };
  }
  const failed = [...outcomes.values()].filter(({ status }) => status === "fails").length;
  const text = `${failed} of ${outcomes.size} checks ${failed === 1 ? "fails" : "fail"}. Below is what was expected and what was found.`;
  return { status: "fails", title: "Not what it claims to be", text };
}

function sayDrawn({ standing }: Evidence): Words {
  if (standing?.status === Request.Expired) {
    const text = "No answer came in time. The seed stays, and anyone can ask for the picture again.";
    return { status: "unknown", title: "Its request has expired", text };
  }
  if (standing?.status === Request.Answered) {
    const text = "The hub has accepted an answer that hasn’t reached the token. Anyone can deliver it.";
    return { status: "unknown", title: "Answered, but not delivered", text };
  }
  const text = "Your browser can draw the picture already. The attested one is being made.";
  return { status: "pending", title: "Waiting for its picture", text };
}

function sayBonded({ answered }: Evidence, outcomes: Outcomes): Words {
  const title = "Bonded, not final yet";
  if (!answered) {
    const text = "This chain endpoint doesn’t hand out the bonded answer, so it is compared once it is final.";
    return { status: "unknown", title, text };
  }
  const status = outcomes.get("pixelRoot")?.status;
  if (status === "holds") {
    const text = "The bonded picture is the one that your browser draws. It becomes final if nobody proves it wrong.";
    return { status: "pending", title, text };
  }
  return { status: "pending", title, text: "Your browser compares the bonded picture with its own." };
}
