// Content identifiers are those that IPIP-499's profile `unixfs-v1-2025` gives.
import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { test } from "node:test";
import "./typescript.mjs";

const { fileCid, formatCid, rawLeafCid } = await import("../sdk/src/files/cid.ts");

/** The reproducible noise of Kubo's tests: ChaCha20 under the SHA-256 of a phrase, nonce and counter zero. */
function noise(phrase, length) {
  const key = createHash("sha256").update(phrase).digest();
  return createCipheriv("chacha20", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

test("a short file is one raw leaf", () => {
  const cid = formatCid(fileCid(new TextEncoder().encode("hello world")));
  assert.equal(cid, "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
});

test("an empty file is an empty raw leaf", () => {
  assert.equal(formatCid(fileCid(new Uint8Array())), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
});

test("a file of exactly one chunk is still one raw leaf", () => {
  const cid = formatCid(fileCid(noise("chunk-v1-seed", 1_048_576)));
  assert.equal(cid, "bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta");
});

test("one byte more makes a tree of two leaves", () => {
  const cid = formatCid(fileCid(noise("chunk-v1-seed", 1_048_577)));
  assert.equal(cid, "bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64");
});

test("one flipped bit gives another identifier", () => {
  const file = noise("chunk-v1-seed", 1_048_577);
  const before = fileCid(file);
  file[1_048_576] ^= 1;
  assert.notEqual(fileCid(file), before);
});

test("a raw leaf's identifier follows from its SHA-256 alone", () => {
  const digest = `0x${createHash("sha256").update("hello world").digest("hex")}`;
  assert.equal(formatCid(rawLeafCid(digest)), "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
});
