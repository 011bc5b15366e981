// Shows tests and scripts what the page knows: `window.verdigris`, and the verdict as `data-verdict` on <html>.

import type { Level, Outcome, Phase, Verdict } from "@verdigris/sdk";
/** What the page knows of the token that it shows; values are `undefined` until they are known. */
export interface Findings {
  token: string | undefined;
  /** Where the token is in its life; `bonded` if an answer waits for challenges. */
  stage: Phase | undefined;
  verdict: Verdict;
  /** Every check by its id. */
  checks: Record<string, Outcome>;
  level: FoundLevel;
  pixelRoot: { chain: string | undefined; redrawn: string | undefined };
  /** The attested picture's width and height in pixels. */
  size: number | undefined;
  /** Milliseconds from the first to the last row of the picture at its attested size. */
  drawMs: number | undefined;
  /** Width and height in pixels of the smooth picture on screen, once it is drawn. */
  shownSize: number | undefined;
  /** The past epoch that is shown, the root of what was drawn for it, and the root that was attested then. */
  epoch: { shown: number; pixelRoot: string | undefined; attested: string | undefined } | undefined;
  /** Tokens of the gallery whose pictures have been drawn. */
  hung: Set<string>;
  /** What stops the page, in words. */
  trouble: string | undefined;
}

/** What is known of the answer's assurance. */
export interface FoundLevel {
  /** The level that the collection asks for. */
  asked: Level | undefined;
  /** The level of the accepted answer, unless it was refuted. */
  held: Level | undefined;
  /** The level that it is being raised to. */
  raising: Level | undefined;
  /** The request's status at the hub, `Open` to `Refuted`. */
  status: string | undefined;
  /** The last second (Unix time) at which a bonded answer can be challenged. */
  finalAfter: number | undefined;
  /** Each higher level: its fee in wei, or `unreachable`, or `unknown`. */
  reach: Partial<Record<Level, string>>;
}

declare global {
  interface Window {
    verdigris: Findings;
  }
}

/** What the page knows, from now on at `window.verdigris`. */
export const findings: Findings = {
  token: undefined,
  stage: undefined,
  verdict: "pending",
  checks: {},
  level: {
    asked: undefined,
    held: undefined,
    raising: undefined,
    status: undefined,
    finalAfter: undefined,
    reach: {},
  },
  pixelRoot: { chain: undefined, redrawn: undefined },
  size: undefined,
  drawMs: undefined,
  shownSize: undefined,
  epoch: undefined,
  hung: new Set(),
  trouble: undefined,
};

/** Makes the findings visible to scripts. */
export function publishFindings(): void {
  window.verdigris = findings;
  document.documentElement.dataset.verdict = findings.verdict;
}

/** Changes the verdict for all who look. */
export function setVerdict(verdict: Verdict): void {
  findings.verdict = verdict;
  document.documentElement.dataset.verdict = verdict;
}
