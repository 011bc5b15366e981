// Finds a contract's events by viem.
import { BaseError, type Client, HttpRequestError, RpcError, RpcRequestError } from "viem";
import { getBlockNumber } from "viem/actions";
import { type BlockRange, searchBack } from "./search.ts";

/** The newest event from `fromBlock` on that is the one wanted, whatever ranges of blocks a node allows. */
export function findEvent<E>(
  client: Client,
  fromBlock: bigint,
  read: (range: BlockRange) => Promise<readonly E[]>,
  isWanted: (event: E) => boolean = () => true,
): Promise<E | undefined> {
  return searchBack({ fromBlock, read, isWanted, head: () => getBlockNumber(client, { cacheTime: 0 }), isRefusal });
}

/** Whether a node answered that it doesn't do it: by JSON-RPC or, as some, by an HTTP status. */
function isRefusal(error: unknown): boolean {
  const refuses = (cause: unknown) =>
    cause instanceof RpcRequestError ||
    cause instanceof RpcError ||
    (cause instanceof HttpRequestError && (cause.status === 400 || cause.status === 413));
  return error instanceof BaseError && error.walk(refuses) !== null;
}
