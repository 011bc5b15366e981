// Reads what is true of the whole collection: its name and how many tokens there are.
import { type Client, erc721Abi } from "viem";
import { readContract } from "viem/actions";
import type { Config } from "../config.ts";
import { Failure } from "../failure.ts";
import { seedArtAbi } from "../generated/abi.ts";
import { ask } from "./client.ts";

/** A collection; its tokens' ids are 1 to `supply`. */
export interface Collection {
  name: string;
  supply: bigint;
}

/** Reads the collection, and makes sure that it asks the hub that config.json names. */
export async function readCollection(client: Client, config: Config): Promise<Collection> {
  const address = config.art;
  const [name, supply, hub] = await ask(config, () =>
    Promise.all([
      readContract(client, { address, abi: erc721Abi, functionName: "name" }),
      readContract(client, { address, abi: seedArtAbi, functionName: "totalSupply" }),
      readContract(client, { address, abi: seedArtAbi, functionName: "hub" }),
    ]),
  );
  if (hub !== config.hub) throw new Failure(`The collection asks the hub ${hub}, but config.json names ${config.hub}.`);
  return { name, supply };
}
