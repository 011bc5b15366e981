// Reads what is true of a whole collection: its name, how many tokens there are, what a mint costs, whom it asks.
import { type Address, type Client, erc721Abi } from "viem";
import { readContract } from "viem/actions";
import { seedArtAbi } from "../generated/abi.ts";
import { type Level, levelOf } from "../inference/level.ts";

/** A collection; its tokens' ids are 1 to `supply`. */
export interface Collection {
  name: string;
  supply: bigint;
  /** What a mint costs, in wei. */
  price: bigint;
  /** The InferenceHub that it asks for its pictures. */
  hub: Address;
  /** The assurance level that it asks for. */
  assurance: Level;
}

/** Reads the collection (a SeedArt contract) at `address`. */
export async function readCollection(client: Client, { address }: { address: Address }): Promise<Collection> {
  const art = { address, abi: seedArtAbi } as const;
  const [name, supply, price, hub, assurance] = await Promise.all([
    readContract(client, { address, abi: erc721Abi, functionName: "name" }),
    readContract(client, { ...art, functionName: "totalSupply" }),
    readContract(client, { ...art, functionName: "price" }),
    readContract(client, { ...art, functionName: "hub" }),
    readContract(client, { ...art, functionName: "assurance" }),
  ]);
  return { name, supply, price, hub, assurance: levelOf(assurance) };
}
