// The connection to the chain, and plain words for when it doesn't work.
import {
  BaseError,
  type Client,
  ContractFunctionRevertedError,
  createClient,
  HttpRequestError,
  http,
  TimeoutError,
} from "viem";
import { getChainId } from "viem/actions";
import type { Config } from "../config.ts";
import { asFailure, Failure } from "../failure.ts";

/** A connection to the configured chain. */
export function connect(config: Config): Client {
  return createClient({ transport: http(config.rpcUrl, { retryCount: 1, timeout: 15_000 }), cacheTime: 0 });
}

/** Makes sure that the endpoint speaks for the configured chain. */
export async function checkChain(client: Client, config: Config): Promise<void> {
  const chainId = await ask(config, () => getChainId(client));
  if (chainId === config.chainId) return;
  throw new Failure(
    `The RPC endpoint speaks for chain ${chainId}, but this collection lives on chain ${config.chainId}.`,
    "Set rpcUrl or chainId in config.json to match.",
  );
}

/** Runs a read of the chain; what goes wrong comes back as a `Failure`. */
export async function ask<T>(config: Config, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const cause = error instanceof BaseError ? error.walk(isUnreachable) : null;
    if (!cause) throw asFailure(error);
    const host = new URL(config.rpcUrl).host;
    const advice = "The page goes on trying, and continues by itself when the chain is back.";
    throw new Failure(`The chain’s RPC endpoint at ${host} doesn’t answer.`, advice, { cause });
  }
}

/** The name of the error with which a contract refused a read, if that is what went wrong. */
export function revertOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ContractFunctionRevertedError) return at.data?.errorName;
  }
  return undefined;
}

function isUnreachable(error: unknown): boolean {
  return error instanceof HttpRequestError || error instanceof TimeoutError;
}
