// What a check is: one claim about the token, and how it turned out.
import type { Address, Hex } from "viem";
import { asFailure, Failure } from "../failure.ts";
import type { Answer, Model } from "../inference/answer.ts";
import type { Level } from "../inference/level.ts";
import type { Standing } from "../inference/standing.ts";
import type { Painted } from "../render/painter.ts";
import type { Place } from "../token/drawing.ts";
import type { Phase } from "../token/phase.ts";
import type { KeptRenderer } from "../token/renderer.ts";
import type { Blueprint, Token } from "../token/token.ts";

/**
 * How a check turned out: it waits or runs; the claim holds; the claim is wrong; or nobody can say now, because
 * something outside (a gateway, a renderer) didn't work.
 */
export type CheckStatus = "pending" | "holds" | "fails" | "unknown";

/** How a check turned out, and why in a sentence. */
export interface Outcome {
  status: CheckStatus;
  says: string;
  /** The value that both sides have, if the claim holds; what was expected, if it fails. */
  expected?: string;
  /** What was found instead, if the claim fails. */
  got?: string;
  /** True if the picture is verified without it, should it be unknown. */
  spare?: boolean;
}

/** What follows from the seed alone: the same at every stage from the draw on. */
export interface Drawings {
  /** The picture, drawn here at its attested size. */
  painted(): Promise<Painted>;
  /** The picture, drawn here at `THUMBNAIL`. */
  thumbnail(): Promise<Painted>;
  /** One pixel of the picture at its attested size, drawn in the contract: three bytes. */
  chainPixel(place: Place): Promise<Hex>;
  /** The picture at `THUMBNAIL`, drawn in the contract: three bytes a pixel. */
  chainThumbnail(): Promise<Uint8Array>;
  /** The token's metadata address, with a PNG of that drawing. */
  tokenUri(): Promise<string>;
}

/**
 * All that the checks look at. What takes time is asked for by the checks that need it, and fetched or drawn once
 * for all of them. If that doesn't work they are `unknown`, and the next one to ask tries again.
 */
export interface Evidence extends Drawings {
  chainId: number;
  hub: Address;
  blueprint: Blueprint;
  /** What the chain tells of the picture; while an answer is only bonded, what that answer tells. */
  token: Token;
  phase: Phase;
  /** Whether `token` tells of an answer, bonded or accepted. */
  answered: boolean;
  /** The level that the collection asks for. */
  assurance: Level;
  /** Where the request stands at the hub; none until the seed is drawn. */
  standing: Standing | undefined;
  /** Whether the token is another by now than when all this was read. */
  isStale(): Promise<boolean>;
  /** The version that the registry holds. */
  model(): Promise<Model>;
  answer(): Promise<Answer>;
  /** The pinned PNG, as the gateway sent it. */
  image(): Promise<Uint8Array>;
  /** The pinned metadata document, as the gateway sent it. */
  document(): Promise<Uint8Array>;
  /** The token's metadata as the contract writes it now, JSON. */
  metadata(): Promise<string>;
  /** What the chain keeps of the program that draws in the token's own page; nothing if it has none. */
  renderer(): Promise<KeptRenderer | undefined>;
  /** The module that draws here. */
  wasm(): Promise<Uint8Array>;
}

/** What a check waits for: the seed, an answer that is bonded at least, or one that was accepted. */
export type Need = "seed" | "answer" | "acceptance";

/** One claim about a token. */
export interface Check {
  id: string;
  /** The claim, as a short sentence. */
  title: string;
  needs: Need;
  /** True for further evidence: the picture is verified without it if it can't be had. */
  spare?: boolean;
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

/** Runs a check; what stops it from running makes it `unknown`, and a token that changes meanwhile is convicted of nothing. */
export async function runCheck(check: Check, evidence: Evidence): Promise<Outcome> {
  try {
    const outcome = await check.run(evidence);
    if (outcome.status === "fails" && (await evidence.isStale())) throw new Failure("The token is changing right now.");
    return outcome;
  } catch (error) {
    const { message, advice } = asFailure(error);
    const outcome: Outcome = { status: "unknown", says: advice ? `${message} ${advice}` : message };
    return check.spare ? { ...outcome, spare: true } : outcome;
  }
}
