// What each assurance level means, in words that need no blockchain to be understood.
import type { Level } from "@verdigris/sdk";
import { formatEther } from "viem";

/** A level in plain words. */
export interface LevelWords {
  /** What an answer at this level rests on. */
  rests: string;
  /** Who must be honest for the answer to be right, after “right if”. */
  honest: string;
}

/** Every level in plain words. */
export const LEVEL_WORDS: Record<Level, LevelWords> = {
  Attested: { rests: "The model’s key has signed the answer.", honest: "that key is honest" },
  Quorum: {
    rests: "Several operators gave the same answer, none of them seeing another’s first.",
    honest: "most of them are honest",
  },
  Optimistic: {
    rests: "Money was at stake on the answer while anyone could prove it wrong in one transaction.",
    honest: "one honest watcher looked",
  },
  Proven: {
    rests: "A zero-knowledge proof of the answer was checked on chain.",
    honest: "the proof’s setup was honest",
  },
  Executed: { rests: "The contract ran the model itself.", honest: "" },
};

/** Who must be honest, as a sentence. */
export function sayWhoMustBeHonest(level: Level): string {
  const { honest } = LEVEL_WORDS[level];
  return honest ? `Right if ${honest}.` : "Right, whoever is dishonest.";
}

/** The command that raises a token's answer without a wallet. */
export function raiseCommand(tokenId: bigint, level: Level): string {
  return `verdigris raise ${tokenId} --level ${level.toLowerCase()}`;
}

/** An amount of wei. */
export function formatFee(wei: bigint): string {
  return wei === 0n ? "free" : `${formatEther(wei)} ETH`;
}
