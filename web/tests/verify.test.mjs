// Every check holds for an honest token, and each lie is found by the check that is there to find it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex, concat, encodeAbiParameters, hashTypedData, keccak256, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { CHAIN_ID, HUB, makeToken } from "./mock-token.mjs";
import { randomNetwork } from "./network.mjs";
import { encodePng } from "./png.mjs";
import { paint, rootOf, withoutAlpha } from "./renderer.mjs";
import "./typescript.mjs";

const { CHECKS, runChecks, verdictOf } = await import("../src/verify/verify.ts");
const { RECEIPT_TYPES, receiptDomain } = await import("../src/verify/signature.ts");
const { Failure } = await import("../src/failure.ts");

const SIZE = 40;
const model = bytesToHex(randomNetwork("verify"));
const honest = await makeToken({ tokenId: 7n, model, size: SIZE, traits: [3, 1, 2, 0] });

/** Runs all checks on a token; gives back their outcomes by id. */
async function examine(change = (token) => token, more = {}) {
  const told = change(structuredClone(honest)) ?? honest;
  const rgba = new Uint8ClampedArray(paint(told.blueprint));
  const proof = { rgba, pixelRoot: bytesToHex(rootOf(SIZE, new Uint8Array(rgba))) };
  const evidence = {
    chainId: CHAIN_ID,
    hub: HUB,
    blueprint: told.blueprint,
    token: told.token,
    model: async () => told.model,
    painted: async () => ({ size: SIZE, ms: 1, proof }),
    answer: async () => ({ request: told.request, receipt: told.receipt, signature: told.signature }),
    image: async () => new Uint8Array(told.image),
    document: async () => new Uint8Array(told.document),
    ...more,
  };
  const outcomes = {};
  await runChecks(CHECKS, evidence, (check, outcome) => {
    outcomes[check.id] = outcome;
  });
  return outcomes;
}

const notHolding = (outcomes) =>
  Object.keys(outcomes)
    .filter((id) => outcomes[id].status !== "holds")
    .sort();

test("every check holds for an honest token", async () => {
  const outcomes = await examine();
  assert.deepEqual(notHolding(outcomes), []);
  assert.equal(verdictOf(Object.values(outcomes)), "verified");
});

const otherHash = keccak256("0x07");
const lies = {
  "the registry names another network": [["model"], (t) => ({ ...t, model: { ...t.model, canonicalHash: otherHash } })],
  "the blueprint has another seed": [
    ["facts", "input", "pixelRoot", "pixels"],
    (t) => ({ ...t, blueprint: { ...t.blueprint, seed: otherHash } }),
  ],
  "the chain has another pixel root": [
    ["facts", "output", "pixelRoot"],
    (t) => ({ ...t, token: { ...t.token, pixelRoot: otherHash } }),
  ],
  "the chain names another picture file": [
    ["facts", "imageCid", "output"],
    (t) => ({ ...t, token: { ...t.token, imageCid: `0x01551220${otherHash.slice(2)}` } }),
  ],
  "the chain names another document": [
    ["metadata"],
    (t) => ({ ...t, token: { ...t.token, metadataCid: `0x01551220${otherHash.slice(2)}` } }),
  ],
  "the gateway sends another document": [
    ["facts", "input", "metadata"],
    (t) => ({ ...t, document: Buffer.from('{"name":"Verdigris #8"}') }),
  ],
  "the gateway sends a document with one more space": [
    ["metadata"],
    (t) => ({ ...t, document: Buffer.concat([t.document, Buffer.from(" ")]) }),
  ],
  "the receipt is signed by another key": [
    ["signature"],
    (t) => ({ ...t, model: { ...t.model, attestationKey: privateKeyToAccount(otherHash).address } }),
  ],
  "the receipt is about another request": [
    ["signature"],
    (t) => ({ ...t, receipt: { ...t.receipt, requestId: otherHash } }),
  ],
  "the receipt is about another model": [
    ["signature"],
    (t) => ({ ...t, receipt: { ...t.receipt, modelId: otherHash } }),
  ],
  "the receipt is about another output": [
    ["output", "signature"],
    (t) => ({ ...t, receipt: { ...t.receipt, outputHash: otherHash } }),
  ],
  "the receipt is about another input": [
    ["input", "signature"],
    (t) => ({ ...t, receipt: { ...t.receipt, inputHash: otherHash } }),
  ],
  "the receipt is about other content": [
    ["metadata", "signature"],
    (t) => ({ ...t, receipt: { ...t.receipt, contentHash: otherHash } }),
  ],
  "the receipt has another date": [["signature"], (t) => ({ ...t, receipt: { ...t.receipt, issuedAt: 1n } })],
  "the token asked something else": [["input"], (t) => ({ ...t, request: { ...t.request, inputHash: otherHash } })],
  "the signature is cut short": [["signature"], (t) => ({ ...t, signature: t.signature.slice(0, -2) })],
  "the signature is empty": [["signature"], (t) => ({ ...t, signature: "0x" })],
  "the signature is all zero": [["signature"], (t) => ({ ...t, signature: `0x${"00".repeat(65)}` })],
};
for (const [lie, [found, tell]] of Object.entries(lies)) {
  test(`it is found out if ${lie}`, async () => {
    const outcomes = await examine(tell);
    assert.deepEqual(notHolding(outcomes), found);
    for (const id of found) assert.equal(outcomes[id].status, "fails");
    for (const id of found) assert.notEqual(outcomes[id].expected, outcomes[id].got);
    assert.equal(verdictOf(Object.values(outcomes)), "failed");
  });
}

test("one wrong pixel in the pinned picture is found and named", async () => {
  const outcomes = await examine((token) => {
    const rgb = withoutAlpha(paint(token.blueprint));
    rgb[(5 * SIZE + 12) * 3 + 1] ^= 1;
    return { ...token, image: encodePng({ width: SIZE, height: SIZE, rgb }) };
  });
  assert.deepEqual(notHolding(outcomes), ["imageCid", "pixels"]);
  assert.match(outcomes.pixels.says, /^1 pixel differs, the first in column 12, row 5/);
});

test("a pinned picture of another size is found", async () => {
  const outcomes = await examine((token) => ({
    ...token,
    image: encodePng({ width: 2, height: 1, rgb: Buffer.alloc(6) }),
  }));
  assert.equal(outcomes.pixels.got, "2 × 1");
});

test("a gateway that is down makes checks unknown, and convicts nobody", async () => {
  const down = async () => {
    throw new Failure("The IPFS gateway doesn’t answer.", "Is it running?");
  };
  const outcomes = await examine(undefined, { image: down, document: down });
  assert.deepEqual(notHolding(outcomes), ["facts", "imageCid", "input", "metadata", "pixels"]);
  assert.equal(outcomes.pixels.status, "unknown");
  assert.equal(outcomes.pixels.says, "The IPFS gateway doesn’t answer. Is it running?");
  assert.equal(verdictOf(Object.values(outcomes)), "pending");
});

test("a network whose weights are kept off chain can't be checked here, and the page says so", async () => {
  const outcomes = await examine(undefined, { blueprint: { ...honest.blueprint, model: "0x" } });
  assert.equal(outcomes.model.status, "unknown");
  assert.match(outcomes.model.says, /kept off chain/);
});

test("a receipt's digest is EIP-712's, written out by hand", () => {
  const type =
    "Receipt(bytes32 requestId,bytes32 modelId,bytes32 inputHash,bytes32 outputHash,bytes32 contentHash,uint64 issuedAt)";
  const domainType = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
  const hash = (types, values) =>
    keccak256(
      encodeAbiParameters(
        types.map((type) => ({ type })),
        values,
      ),
    );
  const text = (value) => keccak256(stringToHex(value));
  const domain = hash(
    ["bytes32", "bytes32", "bytes32", "uint256", "address"],
    [text(domainType), text("Verdigris"), text("1"), BigInt(CHAIN_ID), HUB],
  );
  const { requestId, modelId, inputHash, outputHash, contentHash, issuedAt } = honest.receipt;
  const struct = hash(
    [...Array(6).fill("bytes32"), "uint64"],
    [text(type), requestId, modelId, inputHash, outputHash, contentHash, issuedAt],
  );
  const digest = hashTypedData({
    domain: receiptDomain(CHAIN_ID, HUB),
    types: RECEIPT_TYPES,
    primaryType: "Receipt",
    message: honest.receipt,
  });
  assert.equal(digest, keccak256(concat(["0x1901", domain, struct])));
});
