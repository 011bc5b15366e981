// Traits have the names that the contract and the renderer give them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import "./typescript.mjs";

const { readTraits, sayTraits } = await import("../src/traits.ts");

const wordOf = (...traits) => `0x${Buffer.from(traits).reverse().toString("hex").padStart(64, "0")}`;
const source = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("each trait is read from its own byte, the first from the last", () => {
  assert.deepEqual(readTraits(wordOf(15, 1, 3, 2)), [
    { name: "Palette", value: "Obsidian" },
    { name: "Family", value: "Bloom" },
    { name: "Symmetry", value: "Kaleidoscope" },
    { name: "Density", value: "Woven" },
  ]);
});

test("a value that has no name shows as a number", () => {
  assert.equal(readTraits(wordOf(16, 0, 0, 0))[0].value, "no. 16");
});

test("traits are said in one breath", () => {
  assert.equal(
    sayTraits(readTraits(wordOf(0, 0, 0, 0))),
    "palette verdigris, family drift, symmetry none, density vast",
  );
});

test("the contract calls every trait the same", () => {
  const tables = [...source("contracts/src/lib/Traits.sol").matchAll(/return _cell\(([^;]*)\);/g)].map(([, text]) =>
    [...text.matchAll(/"([^"]*)"/g)].flatMap(([, cells]) => cells.match(/.{1,12}/g).map((cell) => cell.trim())),
  );
  assert.equal(tables.length, 4);
  for (const [trait, names] of tables.entries()) {
    for (const [value, name] of names.entries()) {
      const word = wordOf(...[0, 0, 0, 0].map((none, at) => (at === trait ? value : none)));
      assert.equal(readTraits(word)[trait].value, name);
    }
  }
});

test("the renderer calls every palette the same", () => {
  const names = [...source("wasm-model/src/picture/style.rs").matchAll(/^ {4}palette\("(\w+)"/gm)].map(
    ([, name]) => name,
  );
  assert.deepEqual(
    names,
    Array.from({ length: 16 }, (_, palette) => readTraits(wordOf(palette, 0, 0, 0))[0].value),
  );
});
