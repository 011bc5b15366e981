// Finds a contract's events by viem, whatever ranges of blocks a node allows.
import { BaseError, type Client, HttpRequestError, RpcError, RpcRequestError } from "viem";
import { getBlockNumber } from "viem/actions";
import { type BlockRange, pages, type Search, search } from "./search.ts";

/** Where an event stands in the chain. */
export interface LogPlace {
  blockNumber: bigint;
  logIndex: number;
}

/** Has a range's events read. */
type Read<E> = (range: BlockRange) => Promise<readonly E[]>;

/** The newest event from `fromBlock` on that is the one wanted. */
export function findEvent<E>(
  client: Client,
  fromBlock: bigint,
  read: Read<E>,
  isWanted: (event: E) => boolean,
): Promise<E | undefined> {
  return search(searchOf(client, { fromBlock, isEarly: false, read }), isWanted);
}

/** The first event from `fromBlock` on, which is near that block. */
export function findFirstEvent<E>(client: Client, fromBlock: bigint, read: Read<E>): Promise<E | undefined> {
  return search(searchOf(client, { fromBlock, isEarly: true, read }), () => true);
}

/** All events from `fromBlock` on, the oldest first. */
export async function readEvents<E>(client: Client, fromBlock: bigint, read: Read<E>): Promise<E[]> {
  const all: E[] = [];
  for await (const events of pages(searchOf(client, { fromBlock, isEarly: true, read }))) all.push(...events);
  return all;
}

function searchOf<E>(client: Client, asked: Pick<Search<E>, "fromBlock" | "isEarly" | "read">): Search<E> {
  return { ...asked, head: () => getBlockNumber(client, { cacheTime: 0 }), isRefusal };
}

/** Whether a node answered that it doesn't do it: by JSON-RPC or, as some, by an HTTP status. */
function isRefusal(error: unknown): boolean {
  const refuses = (cause: unknown) =>
    cause instanceof RpcRequestError ||
    cause instanceof RpcError ||
    (cause instanceof HttpRequestError && (cause.status === 400 || cause.status === 413));
  return error instanceof BaseError && error.walk(refuses) !== null;
}
