// Writes test/vectors/pixel-root.json: a small picture's tiles, Merkle root and proofs, made by OpenZeppelin's own
// JavaScript library, so that the contracts' check is compared with a tree that none of our code built.
// Run: node contracts/tools/pixel-root-vector.mjs
import { writeFileSync } from "node:fs";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";

const SIZE = 20; // not a multiple of 8, so the last tiles of each row and column are filled up with zeros
const TILE = 8;
const across = Math.ceil(SIZE / TILE);

/** The picture: any three bytes that differ from pixel to pixel will do. */
const pixel = (x, y) => [(7 * x + 13 * y) & 255, (x * y + 3) & 255, (29 * x - 5 * y) & 255];

/** A tile's 192 bytes, as six words. */
function tileWords(index) {
  const bytes = [];
  for (let row = 0; row < TILE; row += 1) {
    for (let column = 0; column < TILE; column += 1) {
      const x = (index % across) * TILE + column;
      const y = Math.floor(index / across) * TILE + row;
      bytes.push(...(x < SIZE && y < SIZE ? pixel(x, y) : [0, 0, 0]));
    }
  }
  return Array.from({ length: 6 }, (_, i) => `0x${Buffer.from(bytes.slice(32 * i, 32 * i + 32)).toString("hex")}`);
}

const values = Array.from({ length: across * across }, (_, index) => [SIZE, index, tileWords(index)]);
const tree = StandardMerkleTree.of(values, ["uint32", "uint32", "bytes32[6]"]);
const tiles = values.map((value, index) => ({
  words: value[2],
  leaf: tree.leafHash(value),
  proof: tree.getProof(index),
}));

const file = new URL("../test/vectors/pixel-root.json", import.meta.url);
writeFileSync(file, `${JSON.stringify({ size: SIZE, root: tree.root, tiles }, null, 2)}\n`);
