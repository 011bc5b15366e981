// Runs all checks on a token and sums them up in one verdict.
import { chainPixelCheck } from "./chain-pixel.ts";
import { chainThumbnailCheck } from "./chain-thumbnail.ts";
import { type Check, type Evidence, type Need, type Outcome, runCheck } from "./check.ts";
import { factsCheck } from "./facts.ts";
import { imageCidCheck } from "./image-cid.ts";
import { inputCheck } from "./input.ts";
import { levelCheck } from "./level.ts";
import { metadataCheck } from "./metadata.ts";
import { modelCheck } from "./model.ts";
import { outputCheck } from "./output.ts";
import { pixelRootCheck } from "./pixel-root.ts";
import { pixelsCheck } from "./pixels.ts";
import { rendererCheck } from "./renderer.ts";
import { signatureCheck } from "./signature.ts";
import { tokenImageCheck } from "./token-image.ts";

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
  levelCheck,
  chainPixelCheck,
  chainThumbnailCheck,
  tokenImageCheck,
  rendererCheck,
];

/**
 * `failed` as soon as a check fails; `verified` if every check holds, apart from spare ones that can't be run here;
 * `pending` otherwise.
 */
export type Verdict = "verified" | "failed" | "pending";

/** One word for many outcomes. */
export function verdictOf(outcomes: readonly Outcome[]): Verdict {
  if (outcomes.some(({ status }) => status === "fails")) return "failed";
  return outcomes.every((outcome) => outcome.status === "holds" || isSpared(outcome)) ? "verified" : "pending";
}

/** Whether an outcome is one that a verdict can do without. */
export function isSpared({ status, spare }: Outcome): boolean {
  return status === "unknown" && spare === true;
}

/** Whether there is by now what a check waits for. */
export function isMet(need: Need, { phase, answered }: Evidence): boolean {
  if (need === "seed") return phase !== "minted";
  return need === "answer" ? answered : phase === "fulfilled";
}

/** Runs checks side by side and reports each outcome as it comes. */
export async function runChecks(
  checks: readonly Check[],
  evidence: Evidence,
  report: (check: Check, outcome: Outcome) => void,
): Promise<void> {
  await Promise.all(checks.map(async (check) => report(check, await runCheck(check, evidence))));
}
