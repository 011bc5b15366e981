// A token's whole life with the Worker at work: mint, seed, picture, answer on the chain.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isBuilt, mint, provide, rpc, startChain } from "./chain.mjs";
import { SETTINGS, SWEEP_TOKEN, start } from "./worker.mjs";

/** `PictureFulfilled(uint256 indexed tokenId, bytes32 indexed requestId, bytes32, bytes)` */
const FULFILLED = "0xea54f3a1a3b7ee481f894ef405d10aaad3b7e17eb929ca1a50597578f49020b8";
const SENDER = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc";
/** Another of the development chain's accounts, and its key. */
const SECOND = "0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc";
const SECOND_KEY = "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba";

const skip = isBuilt ? false : "needs `cargo xtask build native contracts`";

let chain;
let persist;

before(async () => {
  if (skip) return;
  chain = await startChain();
  persist = await mkdtemp(join(tmpdir(), "verdigris-life-"));
});

after(async () => {
  chain?.stop();
  if (persist) await rm(persist, { recursive: true, force: true });
});

function settings() {
  const { hub, art, url, chainId, startBlock } = chain;
  return {
    HUB: hub,
    CONSUMERS: art,
    RPC_URL: url,
    CHAIN_ID: String(chainId),
    START_BLOCK: String(startBlock),
  };
}

/** The tokens whose pictures the chain has, each as often as it was answered. */
async function fulfilled() {
  const filter = { address: chain.art, topics: [FULFILLED], fromBlock: "0x0", toBlock: "latest" };
  return (await rpc(chain.url, "eth_getLogs", [filter])).map((log) => Number(log.topics[1]));
}

async function wait(count, meanwhile = () => {}) {
  for (const start = Date.now(); Date.now() - start < 60_000; ) {
    const tokens = await fulfilled();
    if (tokens.length >= count) return tokens;
    await meanwhile();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`${count} pictures did not come; there are ${(await fulfilled()).length}`);
}

/** The senders' transactions that were mined, in the blocks from this one on, with their receipts' status. */
async function sent(from = Number(chain.startBlock)) {
  const all = [];
  const head = Number(await rpc(chain.url, "eth_blockNumber", []));
  for (let number = from; number <= head; number++) {
    const block = await rpc(chain.url, "eth_getBlockByNumber", [`0x${number.toString(16)}`, true]);
    for (const { hash, from } of block.transactions.filter(({ from }) => [SENDER, SECOND].includes(from))) {
      const { status } = await rpc(chain.url, "eth_getTransactionReceipt", [hash]);
      all.push({ hash, from, number, status });
    }
  }
  return all;
}

async function reverted() {
  return (await sent()).filter(({ status }) => status !== "0x1");
}

test("minted tokens get their pictures, each once, though every webhook comes three times", { skip }, async () => {
  const worker = await start({ persist, settings: settings() });
  const provider = provide(chain, worker.url, 3);
  try {
    await mint(chain, 5);
    const tokens = await wait(5);
    assert.deepEqual(tokens.sort(), [1, 2, 3, 4, 5]);
    assert.deepEqual(await reverted(), []);
    assert.ok(provider.answers.every(({ status }) => status === 200 || status === 202));
  } finally {
    await provider.stop();
    await worker.miniflare.dispose();
  }
});

test("without any webhook, the timer finds what is open", { skip }, async () => {
  const worker = await start({ persist, settings: settings() });
  try {
    await mint(chain, 1);
    const timer = await worker.miniflare.getWorker(worker.name);
    const tokens = await wait(6, () => timer.scheduled({ cron: "* * * * *" }));
    assert.equal(tokens.length, 6);
  } finally {
    await worker.miniflare.dispose();
  }
});

test("a Worker that dies on the way loses nothing and answers nothing twice", { skip }, async () => {
  let worker = await start({ persist, settings: settings() });
  const provider = provide(chain, worker.url);
  await mint(chain, 3);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await Promise.allSettled([worker.miniflare.dispose(), provider.stop()]);
  worker = await start({ persist, settings: settings() });
  try {
    const timer = await worker.miniflare.getWorker(worker.name);
    const tokens = await wait(9, () => timer.scheduled({ cron: "* * * * *" }));
    assert.equal(new Set(tokens).size, tokens.length);
    assert.equal(tokens.length, 9);
  } finally {
    await worker.miniflare.dispose();
  }
});

test("with two senders both answer, and a sweep repairs the outboxes of both", { skip }, async () => {
  const SENDER_KEY = `${SETTINGS.SENDER_KEY},${SECOND_KEY}`;
  const worker = await start({ persist, settings: { ...settings(), SENDER_KEY } });
  const provider = provide(chain, worker.url, 2);
  const before = Number(await rpc(chain.url, "eth_blockNumber", []));
  try {
    // A draw and an answer each: by chance alone, one sender gets all of them once in 30,000 times.
    await mint(chain, 8);
    const tokens = await wait(17);
    assert.equal(new Set(tokens).size, 17);
    const senders = new Set((await sent(before + 1)).map(({ from }) => from));
    assert.deepEqual(senders, new Set([SENDER, SECOND]));
    assert.deepEqual(await reverted(), []);
    const headers = { authorization: `Bearer ${SWEEP_TOKEN}` };
    const report = await (await fetch(`${worker.url}/sweep`, { method: "POST", headers })).json();
    assert.deepEqual(report.outbox, { resent: 0, filled: 0, replaced: 0, waiting: 0 });
  } finally {
    await provider.stop();
    await worker.miniflare.dispose();
  }
});
