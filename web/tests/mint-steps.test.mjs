// The way of a new token: which steps are taken, and which one is waited for.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./typescript.mjs";

const { stepAhead, stepsTaken } = await import("../src/mint-steps.ts");
const { Status } = await import("../sdk/src/inference/standing.ts");

const at = (stage, standing) => ({ token: { stage }, standing });
const way = (journey) => {
  const taken = stepsTaken({ assurance: "Optimistic", ...journey });
  return [[...taken].join(" "), stepAhead(taken)];
};

test("a transaction that is sent waits for its block", () => {
  assert.deepEqual(way({}), ["sent", "minted"]);
});

test("a token that is minted waits for its seed", () => {
  assert.deepEqual(way({ tokenId: 7n }), ["sent minted", "drawn"]);
  assert.deepEqual(way({ tokenId: 7n, state: at(0) }), ["sent minted", "drawn"]);
});

test("a token with a seed waits for somebody to run the network", () => {
  const state = at(1, { status: Status.Open });
  assert.deepEqual(way({ tokenId: 7n, state }), ["sent minted drawn", "inferred"]);
});

test("an answer that is bonded is inferred, and pinned once its file was fetched", () => {
  const state = at(1, { status: Status.Proposed });
  assert.deepEqual(way({ tokenId: 7n, state }), ["sent minted drawn inferred", "pinned"]);
  assert.deepEqual(way({ tokenId: 7n, state, isPinned: true }), ["sent minted drawn inferred pinned", "fulfilled"]);
});

test("an answer that the collection took and that holds its level is final, even where the gateway doesn’t answer", () => {
  const state = at(2, { status: Status.Answered, held: "Attested" });
  assert.deepEqual(way({ tokenId: 7n, state }), ["sent minted drawn inferred fulfilled final", "pinned"]);
  const all = "sent minted drawn inferred pinned fulfilled final";
  assert.deepEqual(way({ tokenId: 7n, state, isPinned: true }), [all, undefined]);
});

test("a picture whose answer was refuted is fulfilled, and not final", () => {
  const state = at(2, { status: Status.Refuted, held: undefined });
  assert.deepEqual(way({ tokenId: 7n, state, isPinned: true }), [
    "sent minted drawn inferred pinned fulfilled",
    "final",
  ]);
});
