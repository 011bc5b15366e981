// Reads to which levels an answer can be raised, and what each costs.
import type { Client, Hex } from "viem";
import { readContract } from "viem/actions";
import type { Config } from "../config.ts";
import { inferenceHubAbi } from "../generated/abi.ts";
import { ask, revertOf } from "./client.ts";
import { LEVELS, type Level } from "./level.ts";

/** What a level takes: its fee and, at level Optimistic, the bond that an operator puts at stake; in wei. */
export interface Price {
  fee: bigint;
  bond: bigint;
}

/** Whether a model can reach a level: its price, `unreachable`, or `unknown` if the chain doesn't say. */
export type Reach = Price | "unreachable" | "unknown";

/** Whether the model can answer `input` at each of `levels`, and for how much. */
export async function readReach(
  client: Client,
  config: Config,
  { modelId, input, levels }: { modelId: Hex; input: Hex; levels: readonly Level[] },
): Promise<Map<Level, Reach>> {
  const reachOf = async (level: Level): Promise<Reach> => {
    // No callback's gas: an answer that is raised isn't handed over again.
    const args = [modelId, input, LEVELS.indexOf(level), 0] as const;
    const call = { address: config.hub, abi: inferenceHubAbi, functionName: "quote", args } as const;
    try {
      const { fee, bond } = await ask(config, () => readContract(client, call));
      return { fee, bond };
    } catch (error) {
      return revertOf(error) === "UnreachableLevel" ? "unreachable" : "unknown";
    }
  };
  return new Map(await Promise.all(levels.map(async (level) => [level, await reachOf(level)] as const)));
}
