// Examines one token: runs the checks that can run, keeps how they turned out, and tells the page and its scripts.
import {
  CHECKS,
  type Check,
  type Evidence,
  isMet,
  type Need,
  type Outcome,
  runChecks,
  standingKey,
  verdictOf,
} from "@verdigris/sdk";
import { findings, setVerdict } from "./verdict.ts";

/** Where an examination shows what it finds. */
export interface Display {
  showOutcome(check: Check, outcome: Outcome): void;
  showSummary(evidence: Evidence, outcomes: ReadonlyMap<string, Outcome>): void;
}

/** One token's examination. */
export interface Examination {
  /** There is new evidence: what it may change is open again. */
  enter(evidence: Evidence): void;
  /**
   * Runs the checks that can run by now and haven't turned out, the spare ones last; true once nothing is left to try,
   * or there is newer evidence.
   */
  run(evidence: Evidence): Promise<boolean>;
  /** Whether there is no newer evidence. */
  isCurrent(evidence: Evidence): boolean;
}

/** An examination in which every check still waits. */
export function createExamination(display: Display): Examination {
  const outcomes = new Map<string, Outcome>();
  let current: Evidence | undefined;

  const sumUp = () => {
    setVerdict(verdictOf([...outcomes.values()]));
    if (current) display.showSummary(current, outcomes);
  };
  const report = (check: Check, outcome: Outcome) => {
    outcomes.set(check.id, outcome);
    findings.checks[check.id] = outcome;
    display.showOutcome(check, outcome);
    sumUp();
  };
  const statusOf = (check: Check) => outcomes.get(check.id)?.status;
  const isOpen = (check: Check) => statusOf(check) === "pending" || statusOf(check) === "unknown";
  const wait = (check: Check) => report(check, { status: "pending", says: WAITING[check.needs] });
  const runSome = (checks: readonly Check[], evidence: Evidence) => {
    for (const check of checks) if (statusOf(check) === "pending") report(check, RUNNING);
    return runChecks(checks, evidence, (check, outcome) => {
      if (evidence === current || check.needs === "seed") report(check, outcome);
    });
  };

  for (const check of CHECKS) wait(check);
  return {
    enter(evidence) {
      const before = current;
      current = evidence;
      if (before) for (const check of CHECKS) if (isChanged(check.needs, before, evidence)) wait(check);
      sumUp();
    },
    async run(evidence) {
      const due = CHECKS.filter((check) => isOpen(check) && isMet(check.needs, evidence));
      const [main, spare] = [due.filter((check) => !check.spare), due.filter((check) => check.spare)];
      await runSome(main, evidence);
      for (const check of spare) if (evidence === current) await runSome([check], evidence);
      return evidence !== current || !main.some(isOpen);
    },
    isCurrent: (evidence) => evidence === current,
  };
}

const WAITING: Record<Need, string> = {
  seed: "Waits for the seed.",
  answer: "Waits for an answer.",
  acceptance: "Waits until an answer is accepted.",
};
const RUNNING: Outcome = { status: "pending", says: "Being checked…" };

/** Whether what a check needs is another than before. */
function isChanged(need: Need, before: Evidence, after: Evidence): boolean {
  if (drawingKey(before) !== drawingKey(after)) return true;
  if (need === "seed") return false;
  if (answerKey(before) !== answerKey(after)) return true;
  return need === "acceptance" && standingKey(before.standing) !== standingKey(after.standing);
}

function drawingKey({ blueprint }: Evidence): string {
  return [blueprint.seed, blueprint.traits].join();
}

function answerKey({ phase, token }: Evidence): string {
  return [phase, token.requestId, token.pixelRoot, token.imageCid, token.metadataCid].join();
}
