// The way of a new token, step by step, from the transaction to an answer that is final.

import { type Level, Stage, type State, Status } from "@verdigris/sdk";
import type { Hash } from "viem";

/** Every step of the way, in order. */
export const STEPS = ["sent", "minted", "drawn", "inferred", "pinned", "fulfilled", "final"] as const;

/** One step of the way. */
export type Step = (typeof STEPS)[number];

/** What is known of a new token; parts are missing until they are known. */
export interface Journey {
  /** The collection's level. */
  assurance: Level;
  /** The transaction; not known if one comes back to a token later. */
  hash?: Hash | undefined;
  tokenId?: bigint | undefined;
  state?: State | undefined;
  /** Whether the gateway gives the picture's file, and it is the one that its address names. */
  isPinned?: boolean | undefined;
}

/** The steps that a token has taken. */
export function stepsTaken({ tokenId, state, isPinned }: Journey): ReadonlySet<Step> {
  const taken = new Set<Step>(["sent"]);
  if (tokenId === undefined) return taken;
  taken.add("minted");
  if (!state || state.token.stage === Stage.Minted) return taken;
  taken.add("drawn");
  const status = state.standing?.status;
  const isFulfilled = state.token.stage === Stage.Fulfilled;
  if (isFulfilled || status === Status.Proposed || status === Status.Answered) taken.add("inferred");
  if (isPinned) taken.add("pinned");
  if (isFulfilled) taken.add("fulfilled");
  if (isFulfilled && state.standing?.held) taken.add("final");
  return taken;
}

/** The step that is waited for; none once all are taken. */
export function stepAhead(taken: ReadonlySet<Step>): Step | undefined {
  return STEPS.find((step) => !taken.has(step));
}
