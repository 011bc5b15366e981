// Every check holds for an honest token, and each lie is found by the check that is there to find it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex, concat, encodeAbiParameters, hashTypedData, keccak256, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { keptRenderer, packedHead } from "./mock-chain.mjs";
import { CHAIN_ID, HUB, makeToken } from "./mock-token.mjs";
import { randomNetwork } from "./network.mjs";
import { encodePng } from "./png.mjs";
import { paint, rootOf, wasm, withoutAlpha } from "./renderer.mjs";
import "./typescript.mjs";

const { CHECKS, runChecks, verdictOf } = await import("../sdk/src/verify/verify.ts");
const { RECEIPT_TYPES, receiptDomain } = await import("../sdk/src/verify/signature.ts");
const { Status } = await import("../sdk/src/inference/standing.ts");
const { placesOf } = await import("../sdk/src/verify/chain-pixel.ts");
const { Failure } = await import("../sdk/src/failure.ts");

const SIZE = 40;
const THUMBNAIL = 32;
const model = bytesToHex(randomNetwork("verify"));
const honest = withChain(await makeToken({ tokenId: 7n, model, size: SIZE, traits: [3, 1, 2, 0] }));

/** A token, with what hub and contract tell besides: its standing, its metadata, and what the contract draws. */
function withChain(token) {
  const { blueprint, request, status } = token;
  const [rgb, thumbnail] = [SIZE, THUMBNAIL].map((size) =>
    Uint8Array.from(withoutAlpha(paint({ ...blueprint, size }))),
  );
  const standing = { request, status, asked: "Optimistic", held: "Optimistic", proposal: undefined };
  const metadata = { verdigris: { status: "Answered", requestedLevel: "Optimistic", level: "Optimistic" } };
  const png = encodePng({ width: THUMBNAIL, height: THUMBNAIL, rgb: thumbnail });
  return { ...token, standing, metadata, rgb, thumbnail, tokenUri: uriOf(png), renderer: keptRenderer };
}

function uriOf(png) {
  const image = `data:image/png;base64,${png.toString("base64")}`;
  return `data:application/json;base64,${Buffer.from(JSON.stringify({ name: "Verdigris #7", image })).toString("base64")}`;
}

/** Runs all checks on a token; gives back their outcomes by id. `change` alters what is told of it. */
async function examine(change = (token) => token, more = {}) {
  const told = change(structuredClone(honest)) ?? honest;
  const { token, standing } = told;
  const evidence = {
    ...{ chainId: CHAIN_ID, hub: HUB, blueprint: told.blueprint, token, standing },
    ...{ phase: "fulfilled", answered: true, assurance: "Optimistic" },
    isStale: async () => false,
    model: async () => told.model,
    painted: async () => drawHere(told.blueprint, SIZE),
    thumbnail: async () => drawHere(told.blueprint, THUMBNAIL),
    chainPixel: async ({ x, y }) => bytesToHex(told.rgb.subarray((y * SIZE + x) * 3, (y * SIZE + x) * 3 + 3)),
    chainThumbnail: async () => told.thumbnail,
    tokenUri: async () => told.tokenUri,
    answer: async () => ({ request: told.request, receipt: told.receipt, signature: told.signature }),
    image: async () => new Uint8Array(told.image),
    document: async () => new Uint8Array(told.document),
    metadata: async () => JSON.stringify(told.metadata),
    renderer: async () => told.renderer,
    wasm: async () => wasm,
    ...more,
  };
  const outcomes = {};
  await runChecks(CHECKS, evidence, (check, outcome) => {
    outcomes[check.id] = outcome;
  });
  return outcomes;
}

/** The picture as the browser draws it. */
function drawHere(blueprint, size) {
  const rgba = new Uint8ClampedArray(paint({ ...blueprint, size }));
  return { size, ms: 1, proof: { rgba, pixelRoot: bytesToHex(rootOf(size, new Uint8Array(rgba))) } };
}

/** Where the green of the second place that the contract is asked for lies. */
function lookedAt({ blueprint }) {
  const { x, y } = placesOf(blueprint.seed, SIZE)[1];
  return (y * SIZE + x) * 3 + 1;
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
    ["chainPixel", "chainThumbnail", "facts", "input", "pixelRoot", "pixels", "tokenImage"],
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
  "the contract draws one pixel otherwise": [
    ["chainPixel"],
    (t) => ({ ...t, rgb: t.rgb.map((channel, at) => (at === lookedAt(t) ? channel ^ 1 : channel)) }),
  ],
  "the contract draws one pixel of the small picture otherwise": [
    ["chainThumbnail"],
    (t) => ({ ...t, thumbnail: t.thumbnail.map((channel, at) => (at === 3071 ? channel ^ 1 : channel)) }),
  ],
  "the token carries another picture": [
    ["tokenImage"],
    (t) => ({ ...t, tokenUri: uriOf(encodePng({ width: 32, height: 32, rgb: t.thumbnail.map((c) => c ^ 1) })) }),
  ],
  "the token carries a picture of another size": [
    ["tokenImage"],
    (t) => ({ ...t, tokenUri: uriOf(encodePng({ width: 2, height: 1, rgb: Buffer.alloc(6) })) }),
  ],
  "the token carries half a picture": [["tokenImage"], (t) => ({ ...t, tokenUri: uriOf(t.image.subarray(0, 99)) })],
  "the token's image lies elsewhere": [
    ["tokenImage"],
    (t) => ({ ...t, tokenUri: 'data:application/json,{"image":"https://example.org/7.png"}' }),
  ],
  "the token's metadata is no data URI": [["tokenImage"], (t) => ({ ...t, tokenUri: "https://example.org/7.json" })],
  "the token's image is broken base64": [
    ["tokenImage"],
    (t) => ({ ...t, tokenUri: 'data:application/json,{"image":"data:image/png;base64,#"}' }),
  ],
  "the answer was refuted": [
    ["level"],
    (t) => ({ ...t, standing: { ...t.standing, status: Status.Refuted, held: undefined } }),
  ],
  "the answer holds a lower level than was asked for": [
    ["level"],
    (t) => ({ ...t, standing: { ...t.standing, held: "Quorum" } }),
  ],
  "the hub knows of no accepted answer": [["level"], (t) => ({ ...t, standing: { ...t.standing, held: undefined } })],
  "the token's metadata claims a higher level": [
    ["level"],
    (t) => ({ ...t, metadata: { verdigris: { ...t.metadata.verdigris, level: "Executed" } } }),
  ],
  "the token's metadata tells no level": [["level"], (t) => ({ ...t, metadata: {} })],
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

test("a node that lets the contract draw nothing takes nothing away from the verdict, and is named", async () => {
  const refused = async () => {
    throw new Failure("The node doesn’t give a call enough gas to draw in.");
  };
  const outcomes = await examine(undefined, { chainPixel: refused, chainThumbnail: refused, tokenUri: refused });
  assert.deepEqual(notHolding(outcomes), ["chainPixel", "chainThumbnail", "tokenImage"]);
  for (const id of notHolding(outcomes)) {
    assert.deepEqual(outcomes[id], {
      ...{ status: "unknown", spare: true },
      says: "The node doesn’t give a call enough gas to draw in.",
    });
  }
  assert.equal(verdictOf(Object.values(outcomes)), "verified");
});

test("a renderer on chain that hasn't the hash beside it is found out", async () => {
  for (const lie of [{ wasmHash: otherHash }, { head: packedHead(Buffer.from("another")) }]) {
    const outcomes = await examine((token) => ({ ...token, renderer: { ...token.renderer, ...lie } }));
    assert.deepEqual(notHolding(outcomes), ["renderer"]);
    assert.equal(outcomes.renderer.status, "fails");
    assert.notEqual(outcomes.renderer.expected, outcomes.renderer.got);
    assert.equal(verdictOf(Object.values(outcomes)), "failed");
  }
});

const otherBuild = Buffer.from("another build of the renderer");
const sparedRenderers = {
  "keeps none": [undefined, /no renderer on chain/],
  "keeps another build": [{ head: packedHead(otherBuild), wasmHash: keccak256(otherBuild) }, /another build/],
  "keeps a page without one": [{ ...keptRenderer, head: "<script>draw(" }, /no packed renderer/],
  "keeps half of one": [{ ...keptRenderer, head: keptRenderer.head.slice(0, 4000) }, /doesn’t unpack/],
  "keeps one that fills the memory": [{ ...keptRenderer, head: packedHead(Buffer.alloc(2 ** 23)) }, /doesn’t unpack/],
};
for (const [what, [renderer, says]] of Object.entries(sparedRenderers)) {
  test(`a collection that ${what} is told so, and verified without`, async () => {
    const outcomes = await examine((token) => ({ ...token, renderer }));
    assert.deepEqual(notHolding(outcomes), ["renderer"]);
    assert.deepEqual([outcomes.renderer.status, outcomes.renderer.spare], ["unknown", true]);
    assert.match(outcomes.renderer.says, says);
    assert.equal(verdictOf(Object.values(outcomes)), "verified");
  });
}

test("while the contract still draws nothing is verified", async () => {
  const outcomes = await examine();
  outcomes.chainThumbnail = { status: "pending", says: "" };
  assert.equal(verdictOf(Object.values(outcomes)), "pending");
});

test("a token that changes between two looks is convicted of nothing", async () => {
  const wrong = (token) => ({
    ...token,
    metadata: {},
    blueprint: { ...token.blueprint, seed: `0x${"77".repeat(32)}` },
  });
  const [settled, changing] = [await examine(wrong), await examine(wrong, { isStale: async () => true })];
  const failing = Object.keys(settled).filter((id) => settled[id].status === "fails");
  assert.ok(failing.length > 3, `${failing}`);
  for (const id of failing) {
    assert.equal(changing[id].status, "unknown");
    assert.match(changing[id].says, /changing right now/);
  }
});

for (const held of ["Quorum", "Executed"]) {
  test(`at level ${held} an answer needs no key's signature, and the page says what it rests on instead`, async () => {
    const standing = { ...honest.standing, held };
    const outcomes = await examine((token) => ({ ...token, standing, signature: "0x" }));
    assert.equal(outcomes.signature.status, "holds");
    assert.match(outcomes.signature.says, /^No (single )?key vouches for it/);
    const forged = await examine((token) => ({ ...token, standing, signature: `0x${"11".repeat(65)}` }));
    assert.equal(forged.signature.status, "fails");
  });
}

test("the contract is asked for places that the seed spreads over the whole picture", () => {
  const seeds = Array.from({ length: 64 }, (_, number) => keccak256(stringToHex(`${number}`)));
  const places = seeds.flatMap((seed) => placesOf(seed, 512));
  assert.deepEqual(placesOf(seeds[0], 512), places.slice(0, 4));
  for (const side of ["x", "y"]) {
    const values = places.map((place) => place[side]);
    assert.ok(values.every((value) => Number.isInteger(value) && value >= 0 && value < 512));
    assert.ok(new Set(values.map((value) => value >> 5)).size === 16, `${side} stays in a corner`);
  }
  assert.ok(placesOf(seeds[0], 1).every(({ x, y }) => x === 0 && y === 0));
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
