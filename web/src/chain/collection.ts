// Reads what is true of the whole collection: its name, how many tokens there are, which level it asks for.
import { type Client, erc721Abi } from "viem";
import { readContract } from "viem/actions";
import type { Config } from "../config.ts";
import { Failure } from "../failure.ts";
import { seedArtAbi } from "../generated/abi.ts";
import { ask } from "./client.ts";
import { type Level, levelOf } from "./level.ts";

/** A collection; its tokens' ids are 1 to `supply`. */
export interface Collection {
  name: string;
  supply: bigint;
  /** The assurance level that it asks the hub for. */
  assurance: Level;
}

/** Reads the collection, and makes sure that it asks the hub that config.json names. */
export async function readCollection(client: Client, config: Config): Promise<Collection> {
  const address = config.art;
  const [name, supply, hub, assurance] = await ask(config, () =>
    Promise.all([
      readContract(client, { address, abi: erc721Abi, functionName: "name" }),
      readContract(client, { address, abi: seedArtAbi, functionName: "totalSupply" }),
      readContract(client, { address, abi: seedArtAbi, functionName: "hub" }),
      readContract(client, { address, abi: seedArtAbi, functionName: "assurance" }),
    ]),
  );
  if (hub !== config.hub) throw new Failure(`The collection asks the hub ${hub}, but config.json names ${config.hub}.`);
  return { name, supply, assurance: levelOf(assurance) };
}
