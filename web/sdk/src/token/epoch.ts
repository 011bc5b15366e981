// A token's past: its traits at each epoch, and the picture that was attested then.
import type { Client, Hex } from "viem";
import { getContractEvents, readContract } from "viem/actions";
import { findFirstEvent } from "../events.ts";
import { seedArtAbi } from "../generated/abi.ts";
import type { TokenParameters } from "./token.ts";

/** Which epoch of which token; the first is 0. */
export interface EpochParameters extends TokenParameters {
  epoch: number;
}

/** What a token was at an epoch. */
export interface Epoch {
  /** Packed traits, as in a blueprint; model, stages and seed are those of every epoch. */
  traits: Hex;
  /** The hub's request for its picture; the last one, if it was asked for anew. */
  requestId: Hex;
}

/** An epoch's picture, as the collection took it. */
export interface AttestedPicture {
  /** Merkle root over the picture's tiles. */
  pixelRoot: Hex;
  /** Binary CIDv1 of the PNG. */
  imageCid: Hex;
  blockNumber: bigint;
}

/** How often a token has evolved: its present epoch. */
export function readEpochNumber(client: Client, { address, tokenId }: TokenParameters): Promise<number> {
  return readContract(client, { address, abi: seedArtAbi, functionName: "epochOf", args: [tokenId] });
}

/** A token's traits and request at an epoch that it has come to; the collection refuses others with `EpochNotReached`. */
export async function readEpoch(client: Client, { address, tokenId, epoch }: EpochParameters): Promise<Epoch> {
  const at = { address, abi: seedArtAbi, args: [tokenId, epoch] } as const;
  const [traits, requestId] = await Promise.all([
    readContract(client, { ...at, functionName: "traitsAt" }),
    readContract(client, { ...at, functionName: "requestOfEpoch" }),
  ]);
  return { traits, requestId };
}

/**
 * The picture that was attested for a request, from the collection's logs; none if there is none from `fromBlock` on, or
 * the node keeps no logs that are so old.
 */
export async function readAttestedPicture(
  client: Client,
  { address, tokenId, requestId, fromBlock }: TokenParameters & { requestId: Hex; fromBlock: bigint },
): Promise<AttestedPicture | undefined> {
  const event = { address, abi: seedArtAbi, eventName: "PictureFulfilled", args: { tokenId, requestId } } as const;
  const found = await findFirstEvent(client, fromBlock, (range) =>
    getContractEvents(client, { ...event, ...range, strict: true }),
  );
  return found && { pixelRoot: found.args.pixelRoot, imageCid: found.args.imageCid, blockNumber: found.blockNumber };
}
