// Runs all checks on a token and sums them up in one verdict.
import { type Check, type Evidence, type Outcome, runCheck } from "./check.ts";
import { factsCheck } from "./facts.ts";
import { imageCidCheck } from "./image-cid.ts";
import { inputCheck } from "./input.ts";
import { metadataCheck } from "./metadata.ts";
import { modelCheck } from "./model.ts";
import { outputCheck } from "./output.ts";
import { pixelRootCheck } from "./pixel-root.ts";
import { pixelsCheck } from "./pixels.ts";
import { signatureCheck } from "./signature.ts";

/** Every check, in the order in which the page tells of them. */
export const CHECKS: readonly Check[] = [
  modelCheck,
  pixelRootCheck,
  imageCidCheck,
  pixelsCheck,
  metadataCheck,
  factsCheck,
  signatureCheck,
  outputCheck,
  inputCheck,
];

/** `verified` if every check holds, `failed` as soon as one fails, `pending` otherwise. */
export type Verdict = "verified" | "failed" | "pending";

/** One word for many outcomes. */
export function verdictOf(outcomes: readonly Outcome[]): Verdict {
  if (outcomes.some(({ status }) => status === "fails")) return "failed";
  return outcomes.every(({ status }) => status === "holds") ? "verified" : "pending";
}

/** Runs checks side by side and reports each outcome as it comes. */
export async function runChecks(
  checks: readonly Check[],
  evidence: Evidence,
  report: (check: Check, outcome: Outcome) => void,
): Promise<void> {
  await Promise.all(checks.map(async (check) => report(check, await runCheck(check, evidence))));
}
