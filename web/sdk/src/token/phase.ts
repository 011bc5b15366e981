// Where a token is in its life, as people are told: the collection's three stages, and between the last two a bonded
// answer that can still be challenged.
import { type Standing, Status } from "../inference/standing.ts";
import { Stage, type Token } from "./token.ts";

/** Where a token is in its life. */
export type Phase = "minted" | "drawn" | "bonded" | "fulfilled";

/** The phase of a token whose request stands as `standing` says. */
export function phaseOf({ stage }: Token, standing: Standing | undefined): Phase {
  if (stage === Stage.Minted) return "minted";
  if (stage === Stage.Fulfilled) return "fulfilled";
  return standing?.status === Status.Proposed ? "bonded" : "drawn";
}
