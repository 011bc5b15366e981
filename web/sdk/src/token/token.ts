// Reads what the chain knows of one token.
import { type Address, type Client, type ContractFunctionReturnType, erc721Abi, type Hex } from "viem";
import { readContract } from "viem/actions";
import { seedArtAbi } from "../generated/abi.ts";

/** Which token is meant. */
export interface TokenParameters {
  /** The collection, a SeedArt contract. */
  address: Address;
  tokenId: bigint;
}

/** All that a renderer needs to draw a token. */
export type Blueprint = ContractFunctionReturnType<typeof seedArtAbi, "view", "blueprint">;
/** What is known of a token's picture. */
export type Token = ContractFunctionReturnType<typeof seedArtAbi, "view", "tokenOf">;

/** `ISeedArt.Stage`: where a token is in its life. */
export const Stage = { Minted: 0, Drawn: 1, Fulfilled: 2 } as const;

/** A token's blueprint, in one call. */
export function readBlueprint(client: Client, { address, tokenId }: TokenParameters): Promise<Blueprint> {
  return readContract(client, { address, abi: seedArtAbi, functionName: "blueprint", args: [tokenId] });
}

/** What a token is drawn from, beside what is the same for all of its collection. */
export interface Seed {
  /** Zero until it is drawn. */
  seed: Hex;
  traits: Hex;
}

/**
 * A token's seed and traits: the blueprint without model, stages and size. Who shows many tokens of a collection reads one
 * blueprint, and this for the others.
 */
export async function readSeed(client: Client, { address, tokenId }: TokenParameters): Promise<Seed> {
  const call = { address, abi: seedArtAbi, functionName: "seedOf", args: [tokenId] } as const;
  const [seed, traits] = await readContract(client, call);
  return { seed, traits };
}

/** Where a token is in its life, and what is known of its picture. */
export function readToken(client: Client, { address, tokenId }: TokenParameters): Promise<Token> {
  return readContract(client, { address, abi: seedArtAbi, functionName: "tokenOf", args: [tokenId] });
}

/** Who owns a token. */
export function readOwner(client: Client, { address, tokenId }: TokenParameters): Promise<Address> {
  return readContract(client, { address, abi: erc721Abi, functionName: "ownerOf", args: [tokenId] });
}

/** A token's metadata as JSON, without the picture that the contract draws for `tokenURI`: that takes much gas. */
export function readMetadata(client: Client, { address, tokenId }: TokenParameters): Promise<string> {
  return readContract(client, { address, abi: seedArtAbi, functionName: "metadataOf", args: [tokenId] });
}
