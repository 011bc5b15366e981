// Shows tests and scripts what the page knows: `window.verdigris`, and the verdict as `data-verdict` on <html>.
import type { Outcome } from "./verify/check.ts";
import type { Verdict } from "./verify/verify.ts";

/** What the page knows of the token that it shows; values are `undefined` until they are known. */
export interface Findings {
  token: string | undefined;
  stage: "minted" | "drawn" | "fulfilled" | undefined;
  verdict: Verdict;
  /** Every check by its id. */
  checks: Record<string, Outcome>;
  pixelRoot: { chain: string | undefined; redrawn: string | undefined };
  /** The attested picture's width and height in pixels. */
  size: number | undefined;
  /** Milliseconds that the renderer took at the attested size. */
  drawMs: number | undefined;
  /** Width and height in pixels of the finer picture on screen, once it is drawn. */
  shownSize: number | undefined;
  /** What stops the page, in words. */
  trouble: string | undefined;
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
  pixelRoot: { chain: undefined, redrawn: undefined },
  size: undefined,
  drawMs: undefined,
  shownSize: undefined,
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
