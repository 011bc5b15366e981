// The renderer's pixel root is the one that OpenZeppelin's own library builds over the same tiles.
import assert from "node:assert/strict";
import { test } from "node:test";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { bytesToHex, keccak256, pad, stringToHex } from "viem";
import { randomNetwork } from "./network.mjs";
import { paint, rootOf } from "./renderer.mjs";

const TILE = 8;
const model = bytesToHex(randomNetwork("pixel root"));
const seed = keccak256(stringToHex("seed"));
const traits = pad(bytesToHex(Uint8Array.of(1, 2, 0, 9)));

/** A tile's 192 bytes as six words: RGB row by row, zero outside of the picture. */
function tileWords(rgba, size, column, row) {
  const bytes = Buffer.alloc(TILE * TILE * 3);
  for (let at = 0; at < TILE * TILE; at++) {
    const [x, y] = [column * TILE + (at % TILE), row * TILE + Math.floor(at / TILE)];
    if (x < size && y < size) bytes.set(rgba.subarray((y * size + x) * 4, (y * size + x) * 4 + 3), at * 3);
  }
  return Array.from({ length: 6 }, (_, word) => `0x${bytes.toString("hex", word * 32, word * 32 + 32)}`);
}

for (const size of [1, 8, 9, 20, 64, 100]) {
  test(`a picture of ${size} × ${size} pixels has OpenZeppelin's root`, () => {
    const rgba = paint({ model, stages: 0x010101, seed, traits, size });
    const side = Math.ceil(size / TILE);
    const leaves = Array.from({ length: side * side }, (_, index) => {
      return [size, index, tileWords(rgba, size, index % side, Math.floor(index / side))];
    });
    const tree = StandardMerkleTree.of(leaves, ["uint32", "uint32", "bytes32[6]"]);
    assert.equal(bytesToHex(rootOf(size, rgba)), tree.root);
  });
}

test("rows drawn one by one are the rows of the whole picture", () => {
  const whole = paint({ model, stages: 0x010101, seed, traits, size: 33 });
  const again = paint({ model, stages: 0x010101, seed, traits, size: 33, stripe: 5 });
  assert.deepEqual(again, whole);
});
