// A chain with the contracts on it, and a provider that sends its logs. Needs `cargo xtask build native contracts`.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { delivery, send } from "./worker.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const run = promisify(execFile);

// The development chain's accounts, worth nothing anywhere else.
const DEPLOYER = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const SENDER = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
const ATTESTER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";

const verdigris = `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/debug/verdigris`;
const artifacts = process.env.VERDIGRIS_ARTIFACTS ?? `${root}contracts/out`;

/** Whether what this needs has been built. */
export const isBuilt = existsSync(verdigris) && existsSync(artifacts);

export async function rpc(url, method, params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

function anvil() {
  const folder = `${root}node_modules/@foundry-rs`;
  return readdirSync(folder)
    .map((name) => `${folder}/${name}/bin/anvil`)
    .find((path) => !path.includes("/anvil/bin/") && existsSync(path));
}

/** Starts a chain, and puts the contracts on it. A block comes every second. */
export async function startChain() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const node = spawn(anvil(), ["--host", "127.0.0.1", "--quiet", "--gas-limit", "60000000", "--port", String(port)]);
  for (let tries = 0; tries < 100; tries++) {
    if (await rpc(url, "eth_blockNumber", []).catch(() => false)) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const flags = ["--rpc-url", url, "--key", DEPLOYER, "--operator-key", SENDER, "--attestation-key", ATTESTER];
  const atlas = `${root}models/atlas/atlas`;
  flags.push("--model", `${atlas}.vdgn`, "--onnx", `${atlas}.onnx`, "--manifest-uri", "ipfs://of-no-interest-here");
  flags.push("--artifacts", artifacts, "--size", "64", "--level", "attested");
  const { stdout } = await run(verdigris, ["deploy", ...flags], { cwd: root }).catch((error) => {
    node.kill();
    throw error;
  });
  await rpc(url, "evm_setAutomine", [false]);
  await rpc(url, "evm_setIntervalMining", [1]);
  return { url, ...JSON.parse(stdout), stop: () => node.kill() };
}

/** Registers a tensor model that has no exact form; gives its id. */
export async function register(chain, onnx) {
  const flags = ["--rpc-url", chain.url, "--registry", chain.registry, "--executor", chain.executor];
  flags.push("--task", "tensor", "--onnx", onnx, "--attestation-key", ATTESTER);
  const env = { ...process.env, VERDIGRIS_DEPLOYER_KEY: DEPLOYER };
  const { stdout } = await run(verdigris, ["register", ...flags], { cwd: root, env });
  return JSON.parse(stdout).modelId;
}

/** Mints tokens. */
export async function mint(chain, count) {
  await run(verdigris, ["mint", "--rpc-url", chain.url, "--art", chain.art, "--count", String(count)], { cwd: root });
}

/** Sends webhooks of the chain's logs, each as often as `times` says, until stopped. */
export function provide(chain, url, times = 1) {
  let next = Number(chain.startBlock);
  let stopped = false;
  const answers = [];
  const once = async () => {
    if (Number(await rpc(chain.url, "eth_blockNumber", [])) < next) return;
    const fromBlock = `0x${next.toString(16)}`;
    const logs = await rpc(chain.url, "eth_getLogs", [
      { address: [chain.hub, chain.art], fromBlock, toBlock: "latest" },
    ]);
    const blocks = group(logs);
    for (const [block, found] of blocks) {
      next = Math.max(next, block + 1);
      const body = delivery(found, block);
      answers.push(...(await Promise.all(Array.from({ length: times }, () => send(url, body)))));
    }
  };
  const running = (async () => {
    while (!stopped) {
      await once();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return {
    answers,
    stop: () => {
      stopped = true;
      return running;
    },
  };
}

function group(logs) {
  const blocks = new Map();
  for (const log of logs) {
    const block = Number(log.blockNumber);
    blocks.set(block, [...(blocks.get(block) ?? []), log]);
  }
  return blocks;
}
