// A chain with models that can be looked up, and the functions as their gateway. Needs `cargo xtask build`.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { deployContract, waitForTransactionReceipt } from "viem/actions";
import { startChain } from "../../functions/edge/tests/chain.mjs";
import { startHost } from "../../functions/edge/tests/host.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const artifacts = process.env.VERDIGRIS_ARTIFACTS ?? `${root}contracts/out`;
/** Another of the development chain's accounts, worth nothing anywhere else. */
const ACCOUNT = privateKeyToAccount("0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba");

/** The resolver's ABI, as it was compiled. */
export const { abi, bytecode } = JSON.parse(
  readFileSync(`${artifacts}/InferenceResolver.sol/InferenceResolver.json`, "utf8"),
);

/** Starts the chain and the functions. */
export async function startOracle() {
  const chain = await startChain();
  const { hub, art, url, chainId, startBlock } = chain;
  const served = { HUB: hub, CONSUMERS: art, RPC_URL: url, CHAIN_ID: String(chainId), START_BLOCK: String(startBlock) };
  const functions = await startHost({ ...served, RATE_PER_SOURCE: "0" });
  return {
    chain,
    functions: functions.url,
    /** For viem; as long as it doesn't say otherwise, it follows lookups. */
    client: createClient({ account: ACCOUNT, transport: http(url), pollingInterval: 100 }),
    stop: async () => {
      await functions.stop();
      await chain.stop();
    },
  };
}

/** Puts a resolver on the chain whose gateways are at these URLs; gives its address. */
export async function deployResolver({ chain, client }, urls) {
  const args = [chain.registry, urls];
  const hash = await deployContract(client, { abi, bytecode: bytecode.object, args, chain: null });
  return (await waitForTransactionReceipt(client, { hash })).contractAddress;
}

const word = (number) => number.toString(16).padStart(64, "0");

/** `abi.encode(PictureInput(stages, size, seed, traits, title))` of a picture, another one for every number. */
export const pictureInput = (number) => `0x${[32, 0x010101, 32, number, 0, 160, 0].map(word).join("")}`;

/** What the functions answer to a direct question. */
export async function infer(functions, question) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${functions}/oracle/infer`, {
    method: "POST",
    headers,
    body: JSON.stringify(question),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, type: response.headers.get("content-type"), bytes };
}
