// Examines one token: runs the checks that can run, keeps how they turned out, and tells the page and its scripts.
import { Stage, type Token } from "./chain/token.ts";
import { findings, setVerdict } from "./verdict.ts";
import type { Check, Evidence, Outcome } from "./verify/check.ts";
import { CHECKS, runChecks, verdictOf } from "./verify/verify.ts";

/** Where an examination shows what it finds. */
export interface Display {
  showOutcome(check: Check, outcome: Outcome): void;
  showSummary(token: Token, outcomes: readonly Outcome[]): void;
}

/** One token's examination. */
export interface Examination {
  /** The token has come to another stage. */
  enter(token: Token): void;
  /** Runs the checks that can run by now and haven't turned out; true once all have. */
  run(evidence: Evidence): Promise<boolean>;
}

/** An examination in which every check still waits. */
export function createExamination(display: Display): Examination {
  const outcomes = new Map<Check, Outcome>(CHECKS.map((check) => [check, { status: "pending", says: WAITING }]));
  let current: Token | undefined;

  const sumUp = () => {
    const all = [...outcomes.values()];
    setVerdict(verdictOf(all));
    if (current) display.showSummary(current, all);
  };
  const report = (check: Check, outcome: Outcome) => {
    outcomes.set(check, outcome);
    findings.checks[check.id] = outcome;
    display.showOutcome(check, outcome);
    sumUp();
  };
  const isOpen = (check: Check) => ["pending", "unknown"].includes(outcomes.get(check)?.status ?? "pending");

  for (const [check, outcome] of outcomes) report(check, outcome);
  return {
    enter(token) {
      current = token;
      sumUp();
    },
    async run(evidence) {
      const fulfilled = evidence.token.stage === Stage.Fulfilled;
      const due = CHECKS.filter((check) => isOpen(check) && (fulfilled || check.early));
      await runChecks(due, evidence, report);
      return !CHECKS.some(isOpen);
    },
  };
}

const WAITING = "Waits for the attested picture.";
