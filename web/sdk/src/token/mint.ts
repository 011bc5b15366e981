// Mints tokens, and says which token a transaction minted.
import { type Account, type Address, type Client, type Hash, parseEventLogs } from "viem";
import { readContract, simulateContract, waitForTransactionReceipt, writeContract } from "viem/actions";
import { Failure } from "../failure.ts";
import { seedArtAbi } from "../generated/abi.ts";
import { type Sender, senderOf } from "../inference/request.ts";

/** What is minted, and for whom. */
export interface MintTokenParameters {
  /** The collection, a SeedArt contract. */
  address: Address;
  /** Who gets it; the sender, unless another is given. */
  to?: Address;
  /** What is paid, in wei: the collection's price unless it is given. */
  value?: bigint;
  /** Who pays, if the client has no account of its own. */
  account?: Account | Address;
}

/** A token that a transaction minted. */
export interface MintedToken {
  tokenId: bigint;
  /** The block whose hash becomes its seed. */
  drawBlock: bigint;
  /** The block of the mint. */
  blockNumber: bigint;
}

/** Sends the transaction that mints the next token, once the node says that it will work; `readMinted` waits for it. */
export async function mintToken(client: Sender, { address, ...rest }: MintTokenParameters): Promise<Hash> {
  const { account, chain } = senderOf(client, rest.account);
  const to = rest.to ?? (typeof account === "string" ? account : account.address);
  const art = { address, abi: seedArtAbi } as const;
  const value = rest.value ?? (await readContract(client, { ...art, functionName: "price" }));
  const call = { ...art, functionName: "mint", args: [to], value, account } as const;
  await simulateContract(client, call);
  return writeContract(client, { ...call, chain });
}

/**
 * The token that a transaction minted in a collection; waits until it is in a block, for `timeout` milliseconds (three
 * minutes unless given; 0 for as long as it takes).
 */
export async function readMinted(
  client: Client,
  { address, hash, timeout }: { address: Address; hash: Hash; timeout?: number },
): Promise<MintedToken> {
  const { status, logs, blockNumber } = await waitForTransactionReceipt(client, {
    hash,
    ...(timeout === undefined ? {} : { timeout }),
  });
  if (status === "reverted") throw new Failure("The transaction was reverted, so nothing was minted.");
  const events = parseEventLogs({ abi: seedArtAbi, eventName: "SeedRequested", logs });
  const minted = events.find((event) => event.address.toLowerCase() === address.toLowerCase());
  if (!minted) throw new Failure("The transaction minted nothing in this collection.");
  return { ...minted.args, blockNumber };
}
