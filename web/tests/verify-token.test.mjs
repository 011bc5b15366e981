// Verifying a token from a node and a gateway alone, while it stays as it is and while it changes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient, http, pad } from "viem";
import { startMockCollection } from "./mock-collection.mjs";
import { makeToken } from "./mock-token.mjs";
import "./typescript.mjs";

const sdk = await import("@verdigris/sdk");
const SIZE = 32;
let stack;

before(async () => {
  stack = await startMockCollection({ size: SIZE });
});

after(() => stack.close());

function verify(onCheck) {
  const { art: address, gateway, rpcUrl } = stack.config;
  return sdk.verifyToken(createClient({ transport: http(rpcUrl) }), { address, tokenId: 2n, gateway, onCheck });
}

test("an honest token is verified at the first look, and one with another root is not", async () => {
  const seen = [];
  assert.equal((await verify(({ id }) => seen.push(id))).verdict, "verified");
  assert.equal(seen.length, new Set(seen).size, "each check ran once");
  const { token } = stack.tokens[1];
  stack.tokens[1].token = { ...token, pixelRoot: pad("0x01") };
  assert.equal((await verify()).verdict, "failed");
  stack.tokens[1].token = token;
});

test("a token that gets another picture while it is checked is looked at anew, and verified as it is then", async () => {
  const told = stack.tokens[1];
  const next = await makeToken({ tokenId: 2n, model: told.blueprint.model, size: SIZE, traits: [5, 2, 1, 3] });
  assert.notEqual(next.blueprint.traits, told.blueprint.traits);
  const outcomes = [];
  const { verdict, blueprint } = await verify((_, { status }) => {
    outcomes.push(status);
    stack.tokens[1] = next;
  });
  assert.deepEqual([verdict, blueprint.traits], ["verified", next.blueprint.traits]);
  assert.ok(outcomes.includes("unknown"), "it was seen to change");
  assert.ok(!outcomes.includes("fails"), "and convicted of nothing");
  stack.tokens[1] = told;
});
