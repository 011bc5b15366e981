// Assurance levels: what an answer rests on, from one key's word to the chain's own computation.
import { Failure } from "../failure.ts";

/** The levels, the weakest first; a level's place is its number on chain (`IInferenceHub.Assurance`). */
export const LEVELS = ["Attested", "Quorum", "Optimistic", "Proven", "Executed"] as const;

/** What an answer rests on. */
export type Level = (typeof LEVELS)[number];

/** The level with this number on chain. */
export function levelOf(number: number): Level {
  const level = LEVELS[number];
  if (!level) throw new Failure(`The hub names an assurance level, ${number}, that this page doesn’t know.`);
  return level;
}

/** Whether a level is higher than another. */
export function isAbove(level: Level, other: Level): boolean {
  return LEVELS.indexOf(level) > LEVELS.indexOf(other);
}

/** The levels above one. */
export function levelsAbove(level: Level): Level[] {
  return LEVELS.filter((other) => isAbove(other, level));
}
