// The connection to the chain.
import { Failure } from "@verdigris/sdk";
import { type Client, createClient, http } from "viem";
import { getChainId } from "viem/actions";
import type { Config } from "./config.ts";

/** A connection to the configured chain. */
export function connect(config: Config): Client {
  return createClient({ transport: http(config.rpcUrl, { retryCount: 1, timeout: 15_000 }), cacheTime: 0 });
}

/** The same for a page that asks much at once: what is asked in one moment goes in few requests. */
export function connectInBatches(config: Config): Client {
  const transport = http(config.rpcUrl, { retryCount: 1, timeout: 15_000, batch: { batchSize: BATCH } });
  return createClient({ transport, cacheTime: 0 });
}

/** Questions in one request: providers take a hundred or more, but answer none before the last. */
const BATCH = 24;

/** Makes sure that the endpoint speaks for the configured chain. */
export async function checkChain(client: Client, config: Config): Promise<void> {
  const chainId = await getChainId(client);
  if (chainId === config.chainId) return;
  throw new Failure(
    `The RPC endpoint speaks for chain ${chainId}, but this collection lives on chain ${config.chainId}.`,
    "Set rpcUrl or chainId in config.json to match.",
  );
}
