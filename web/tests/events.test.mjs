// Finding events with nodes that give them for few blocks at a time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, custom, InvalidParamsRpcError } from "viem";
import "./typescript.mjs";

const { findEvent } = await import("../sdk/src/events.ts");

const HEAD = 25_000n;

/** A node with one event in each of some blocks, and how it was asked; `refuse` throws at what is too much for it. */
function node(blocks, refuse) {
  const asked = [];
  const client = createClient({ transport: custom({ request: async () => `0x${HEAD.toString(16)}` }) });
  const read = async ({ fromBlock, toBlock }) => {
    const last = toBlock === "latest" ? HEAD : toBlock;
    asked.push([Number(fromBlock), Number(last)]);
    refuse(last - fromBlock + 1n);
    return blocks.filter((block) => block >= fromBlock && block <= last).map((block) => ({ block }));
  };
  return { client, read, asked };
}

const tooMuch = () => {
  throw new InvalidParamsRpcError(new Error("block range too wide"));
};
const atMost = (most) => (blocks) => blocks > most && tooMuch();

test("a node that gives everything is asked once, for the newest event that is wanted", async () => {
  const { client, read, asked } = node([3n, 9n, 21n, 30n], atMost(2n ** 64n));
  const found = await findEvent(client, 3n, read, ({ block }) => block % 3n === 0n && block < 30n);
  assert.deepEqual([found, asked], [{ block: 21n }, [[3, 25_000]]]);
});

for (const most of [10_000n, 9_999n, 2_000n, 1_000n]) {
  test(`a node that gives ${most} blocks at once is asked page by page, the newest first`, async () => {
    const { client, read, asked } = node([7n, 24_500n], atMost(most));
    const wanted = (event) => findEvent(client, 7n, read, ({ block }) => block === event);
    assert.deepEqual(await wanted(24_500n), { block: 24_500n });
    assert.ok(asked.length <= 3, "the newest page has it");
    assert.deepEqual(await wanted(7n), { block: 7n });
    assert.equal(asked.at(-1)[0], 7, "no block before the first is asked for");
    assert.equal(await wanted(8n), undefined);
  });
}

test("what refuses even small pages, or for another reason, is told", async () => {
  const small = node([1n], tooMuch);
  await assert.rejects(findEvent(small.client, 0n, small.read), InvalidParamsRpcError);
  assert.equal(small.asked.length, 3);
  const broken = node([1n], () => {
    throw new TypeError("broken");
  });
  await assert.rejects(findEvent(broken.client, 0n, broken.read), TypeError);
  assert.equal(broken.asked.length, 1);
});

test("no more than a hundred pages are read", async () => {
  const { read, asked } = node([], atMost(1_000n));
  const far = createClient({ transport: custom({ request: async () => "0x3b9aca00" }) });
  assert.equal(await findEvent(far, 0n, read), undefined);
  assert.equal(asked.length, 101);
});
