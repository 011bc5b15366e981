// Reads what a collection keeps on chain of the program that draws its tokens in pages of their own.
import { type Address, type Client, type Hex, zeroAddress } from "viem";
import { readContract } from "viem/actions";
import { rendererAbi, seedArtAbi } from "../generated/abi.ts";

/** The program that the tokens' own pages (`animation_url`) draw with. */
export interface KeptRenderer {
  /** keccak256 of its WebAssembly module, as the deployer says. */
  wasmHash: Hex;
  /** The beginning of every page, HTML: the module is in it, as a gzip file in base64. */
  head: string;
}

/** What the collection (a SeedArt contract) at `address` keeps; nothing if its tokens have no pages. */
export async function readRenderer(
  client: Client,
  { address }: { address: Address },
): Promise<KeptRenderer | undefined> {
  const renderer = await readContract(client, { address, abi: seedArtAbi, functionName: "renderer" });
  if (renderer === zeroAddress) return undefined;
  const kept = { address: renderer, abi: rendererAbi } as const;
  const [wasmHash, head] = await Promise.all([
    readContract(client, { ...kept, functionName: "wasmHash" }),
    readContract(client, { ...kept, functionName: "head" }),
  ]);
  return { wasmHash, head };
}
