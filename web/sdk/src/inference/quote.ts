// What an answer costs at each level, and which levels a model can reach.
import type { Address, Client, Hex } from "viem";
import { readContract } from "viem/actions";
import { revertOf } from "../failure.ts";
import { inferenceHubAbi } from "../generated/abi.ts";
import { LEVELS, type Level } from "./level.ts";

/** What a level takes: its fee and, at level Optimistic, the bond that an operator puts at stake; in wei. */
export interface Price {
  fee: bigint;
  bond: bigint;
}

/** Whether a model can reach a level: its price, `unreachable`, or `unknown` if the chain doesn't say. */
export type Reach = Price | "unreachable" | "unknown";

/** What is asked, and how. */
export interface QuoteParameters {
  /** The InferenceHub. */
  hub: Address;
  modelId: Hex;
  input: Hex;
  /** Gas that the asking contract's callback may use; 0 for a raise, whose answer isn't handed over again. */
  callbackGas?: number;
}

/** What an answer at a level costs; the hub refuses with `UnreachableLevel` what the model can't reach. */
export async function quoteInference(
  client: Client,
  { hub, modelId, input, callbackGas = 0, level }: QuoteParameters & { level: Level },
): Promise<Price> {
  const args = [modelId, input, LEVELS.indexOf(level), callbackGas] as const;
  const call = { address: hub, abi: inferenceHubAbi, functionName: "quote", args } as const;
  const { fee, bond } = await readContract(client, call);
  return { fee, bond };
}

/** Whether the model can answer at each of `levels`, and for how much. */
export async function readReach(
  client: Client,
  { levels, ...question }: QuoteParameters & { levels: readonly Level[] },
): Promise<Map<Level, Reach>> {
  const reachOf = async (level: Level): Promise<Reach> => {
    try {
      return await quoteInference(client, { ...question, level });
    } catch (error) {
      return revertOf(error) === "UnreachableLevel" ? "unreachable" : "unknown";
    }
  };
  return new Map(await Promise.all(levels.map(async (level) => [level, await reachOf(level)] as const)));
}
