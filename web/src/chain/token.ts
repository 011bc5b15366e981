// Reads what the chain knows of one token.
import { type Address, type Client, type ContractFunctionReturnType, erc721Abi } from "viem";
import { readContract } from "viem/actions";
import type { Config } from "../config.ts";
import { seedArtAbi } from "../generated/abi.ts";
import { ask } from "./client.ts";

/** All that a renderer needs to draw a token. */
export type Blueprint = ContractFunctionReturnType<typeof seedArtAbi, "view", "blueprint">;
/** What is known of a token's picture. */
export type Token = ContractFunctionReturnType<typeof seedArtAbi, "view", "tokenOf">;

/** `ISeedArt.Stage`: where a token is in its life. */
export const Stage = { Minted: 0, Drawn: 1, Fulfilled: 2 } as const;

/** A token's blueprint, in one call. */
export function readBlueprint(client: Client, config: Config, tokenId: bigint): Promise<Blueprint> {
  const call = { address: config.art, abi: seedArtAbi, functionName: "blueprint", args: [tokenId] } as const;
  return ask(config, () => readContract(client, call));
}

/** Where a token is in its life, and what is known of its picture. */
export function readToken(client: Client, config: Config, tokenId: bigint): Promise<Token> {
  const call = { address: config.art, abi: seedArtAbi, functionName: "tokenOf", args: [tokenId] } as const;
  return ask(config, () => readContract(client, call));
}

/** Who owns a token. */
export function readOwner(client: Client, config: Config, tokenId: bigint): Promise<Address> {
  const call = { address: config.art, abi: erc721Abi, functionName: "ownerOf", args: [tokenId] } as const;
  return ask(config, () => readContract(client, call));
}

/** A token's metadata as JSON, without the picture that the contract draws for `tokenURI`: that takes much gas. */
export function readMetadata(client: Client, config: Config, tokenId: bigint): Promise<string> {
  const call = { address: config.art, abi: seedArtAbi, functionName: "metadataOf", args: [tokenId] } as const;
  return ask(config, () => readContract(client, call));
}
