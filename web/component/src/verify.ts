// Checks that the picture is the one that the chain tells of: the network, the pixels, and how the answer stands.
import { canonicalHash } from "../../sdk/src/generated/renderer/renderer.js";
import { Status } from "../../sdk/src/inference/standing.ts";
import { toHex } from "../../sdk/src/render/hex.ts";
import type { Check, Verdict, Verification } from "../verdigris-art.d.ts";
import type { Wanted } from "./attributes.ts";
import { paintRoot } from "./paint.ts";
import { loadRenderer } from "./renderer.ts";
import { type Client, Outage } from "./rpc.ts";
import { drawingOf, readPastRoot, readStanding, readToken, type Standing, type Token } from "./token.ts";
import { wordsOf } from "./words.ts";

/** What came of verifying a token. */
export interface Found extends Verification {
  /** Whether it may be otherwise soon, without anybody doing wrong. */
  mayChange: boolean;
}

type Outcome = Omit<Check, "id">;

/** Draws the picture again at its attested size, and compares with what the node says. */
export async function verify(client: Client, wanted: Wanted, token: Token, signal: AbortSignal): Promise<Found> {
  let mayChange = !token.isAnswered;
  let drawn: `0x${string}` | undefined;
  let standing: Standing | undefined;
  /** What stops a check from running makes it `unknown`. */
  const run = async (id: Check["id"], check: () => Promise<Outcome>): Promise<Check> => {
    try {
      return { id, ...(await check()) };
    } catch (error) {
      signal.throwIfAborted();
      mayChange ||= error instanceof Outage;
      return { id, status: "unknown", says: wordsOf(error) };
    }
  };
  const draw = async () => {
    drawn = await paintRoot(drawingOf(token), token.blueprint.size, signal);
    return drawn;
  };
  const stand = async () => {
    standing = await readStanding(client, wanted, token, signal);
    return standing;
  };
  const checks = await Promise.all([
    run("chain", async () => ({ status: "holds", says: `The node says that it is of chain ${token.chainId}.` })),
    run("model", () => checkModel(token)),
    run("pixelRoot", () => checkRoot(client, wanted, token, { draw, signal })),
    run("level", () => checkLevel(token, stand)),
  ]);
  const verdict = verdictOf(checks);
  const told = { tokenId: wanted.tokenId, contract: wanted.contract, epoch: token.epoch };
  return { verdict, checks, ...told, pixelRoot: drawn, level: standing?.held, mayChange };
}

/** Whether the token has been given another seed, epoch or picture since: then nothing that was compared is of one time. */
export async function hasChanged(client: Client, wanted: Wanted, before: Token, signal: AbortSignal): Promise<boolean> {
  const now = await readToken(client, wanted, signal);
  return keyOf(now) !== keyOf(before);
}

function keyOf({ epoch, isAnswered, requestId, pixelRoot, blueprint }: Token): string {
  return [epoch, isAnswered, requestId, pixelRoot, blueprint.seed, blueprint.traits].join();
}

/** `failed` as soon as a check fails, `verified` if every check holds. */
function verdictOf(checks: readonly Check[]): Verdict {
  if (checks.some(({ status }) => status === "fails")) return "failed";
  return checks.every(({ status }) => status === "holds") ? "verified" : "pending";
}

async function checkModel(token: Token): Promise<Outcome> {
  const { model } = drawingOf(token);
  await loadRenderer();
  return compare(token.blueprint.canonicalHash, toHex(canonicalHash(model)), {
    holds: "The network’s bytes hash to what the collection names.",
    fails: "The network’s bytes don’t hash to what the collection names.",
  });
}

interface Look {
  draw: () => Promise<`0x${string}`>;
  signal: AbortSignal;
}

async function checkRoot(client: Client, wanted: Wanted, token: Token, { draw, signal }: Look): Promise<Outcome> {
  if (!token.hasSeed) return { status: "pending", says: "The token’s seed isn’t drawn yet." };
  const drawn = await draw();
  if (!token.isAnswered) return { status: "pending", says: "The picture waits for an answer." };
  const root = token.pixelRoot ?? (await readPastRoot(client, wanted, token, signal));
  const pixels = (token.blueprint.size ** 2).toLocaleString("en");
  return compare(root, drawn, {
    holds: `All ${pixels} pixels, drawn here, lead to the pixel root on chain.`,
    fails: "The pixels drawn here lead to another root than the one on chain.",
  });
}

async function checkLevel(token: Token, stand: () => Promise<Standing>): Promise<Outcome> {
  if (!token.hasSeed) return { status: "pending", says: "Nothing is asked for until the token’s seed is drawn." };
  const { status, held } = await stand();
  if (status === Status.Refuted) {
    return { status: "fails", says: "Evidence of a higher level contradicts the answer. Don’t rely on it." };
  }
  if (token.isAnswered) {
    if (!held) return { status: "fails", says: "The hub knows no accepted answer to the token’s request." };
    return { status: "holds", says: `The hub holds the answer at level ${held}, and nothing contradicts it.` };
  }
  if (status === Status.Proposed) {
    return { status: "pending", says: "An answer is bonded; until its window closes it can be challenged." };
  }
  if (status === Status.Expired) return { status: "pending", says: "The request expired; anybody may ask again." };
  return { status: "pending", says: "The request waits for an answer." };
}

function compare(expected: string, got: string, words: { holds: string; fails: string }): Outcome {
  if (expected.toLowerCase() === got.toLowerCase()) return { status: "holds", says: words.holds };
  return { status: "fails", says: words.fails, expected, got };
}
