// Finding events with nodes that give them for few blocks at a time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, custom, InvalidParamsRpcError } from "viem";
import "./typescript.mjs";

const { findEvent, findFirstEvent, readEvents } = await import("../sdk/src/events.ts");

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
  await assert.rejects(readEvents(small.client, 0n, small.read), InvalidParamsRpcError);
  assert.equal(small.asked.length, 3);
  const broken = node([1n], () => {
    throw new TypeError("broken");
  });
  await assert.rejects(readEvents(broken.client, 0n, broken.read), TypeError);
  assert.equal(broken.asked.length, 1);
});

test("no more than a hundred pages are read, and what wasn't is named", async () => {
  const { read, asked } = node([], atMost(1_000n));
  const far = createClient({ transport: custom({ request: async () => "0x3b9aca00" }) });
  const named = { name: "Failure", message: /0 to 999901000 weren’t read/ };
  await assert.rejects(
    findEvent(far, 0n, read, () => true),
    named,
  );
  assert.equal(asked.length, 101);
});

test("what is near its first block is found in the first page, however long ago that was", async () => {
  for (const most of [10_000n, 1_000n]) {
    const { read, asked } = node([7n, 30n], atMost(most));
    const far = createClient({ transport: custom({ request: async () => "0x3b9aca00" }) });
    assert.deepEqual(await findFirstEvent(far, 7n, read), { block: 7n });
    assert.ok(asked.length <= 3);
  }
});

test("all events are read, the oldest first, whatever a node gives at once", async () => {
  const blocks = [7n, 8n, 9_999n, 10_006n, 10_007n, 24_999n, 25_000n];
  for (const most of [2n ** 64n, 10_000n, 1_000n]) {
    const { client, read } = node(blocks, atMost(most));
    assert.deepEqual(
      (await readEvents(client, 7n, read)).map(({ block }) => block),
      blocks,
    );
  }
});
