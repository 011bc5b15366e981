// What a check is: one claim about the token, and how it turned out.
import type { Address } from "viem";
import type { Answer, Model } from "../chain/answer.ts";
import type { Blueprint, Token } from "../chain/token.ts";
import { asFailure } from "../failure.ts";
import type { Painted } from "../painter/painter.ts";

/**
 * How a check turned out: it waits or runs; the claim holds; the claim is wrong; or nobody can say now, because
 * something outside (a gateway, a renderer) didn't work.
 */
export type Status = "pending" | "holds" | "fails" | "unknown";

/** How a check turned out, and why in a sentence. */
export interface Outcome {
  status: Status;
  says: string;
  /** The value that both sides have, if the claim holds; what was expected, if it fails. */
  expected?: string;
  /** What was found instead, if the claim fails. */
  got?: string;
}

/**
 * All that the checks look at. What takes time is asked for by the checks that need it, and fetched or drawn once
 * for all of them. If that doesn't work they are `unknown`, and the next one to ask tries again.
 */
export interface Evidence {
  chainId: number;
  hub: Address;
  blueprint: Blueprint;
  token: Token;
  /** The version that the registry holds. */
  model(): Promise<Model>;
  /** The picture, drawn here at its attested size. */
  painted(): Promise<Painted>;
  answer(): Promise<Answer>;
  /** The pinned PNG, as the gateway sent it. */
  image(): Promise<Uint8Array>;
  /** The pinned metadata document, as the gateway sent it. */
  document(): Promise<Uint8Array>;
}

/** One claim about a token. */
export interface Check {
  id: string;
  /** The claim, as a short sentence. */
  title: string;
  /** True if it can be run before the picture is attested. */
  early?: boolean;
  run(evidence: Evidence): Promise<Outcome>;
}

/** The claim holds. */
export function holds(says: string, value?: string): Outcome {
  return value === undefined ? { status: "holds", says } : { status: "holds", says, expected: value };
}

/** The claim is wrong. */
export function fails(says: string, expected: string, got: string): Outcome {
  return { status: "fails", says, expected, got };
}

/** Holds if two values are the same, letter case apart (addresses and hashes have none). */
export function compare(expected: string, got: string, words: { holds: string; fails: string }): Outcome {
  const same = expected.toLowerCase() === got.toLowerCase();
  return same ? holds(words.holds, expected) : fails(words.fails, expected, got);
}

/** Runs a check; what stops it from running makes it `unknown`. */
export async function runCheck(check: Check, evidence: Evidence): Promise<Outcome> {
  try {
    return await check.run(evidence);
  } catch (error) {
    const { message, advice } = asFailure(error);
    return { status: "unknown", says: advice ? `${message} ${advice}` : message };
  }
}
