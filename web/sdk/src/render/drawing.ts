// From a blueprint on chain to what a renderer takes.
import { type Hex, hexToBytes } from "viem";
import { Failure } from "../failure.ts";
import type { Drawing } from "./messages.ts";

/** The part of a blueprint that says what the picture looks like. */
export interface Depicted {
  /** The network's canonical form; `0x` if its weights are kept off chain. */
  model: Hex;
  stages: number;
  seed: Hex;
  traits: Hex;
}

/** What a renderer takes of a blueprint. */
export function drawingOf({ model, stages, seed, traits }: Depicted): Drawing {
  if (model === "0x") {
    throw new Failure(
      "The network’s weights are kept off chain, so the picture can’t be redrawn from the chain alone.",
    );
  }
  return { model: hexToBytes(model), stages, seed: hexToBytes(seed), traits: hexToBytes(traits) };
}
