// Traits have the names that the contract and the renderer give them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import "./typescript.mjs";

const { readTraits, sayTraits } = await import("../src/traits.ts");

const wordOf = (...traits) => `0x${Buffer.from(traits).reverse().toString("hex").padStart(64, "0")}`;
const source = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("each trait is read from its own byte, the first from the last", () => {
  assert.deepEqual(readTraits(wordOf(15, 1, 5, 2, 4, 3, 1, 0, 2, 1)), [
    { name: "Palette", value: "Obsidian" },
    { name: "Family", value: "Contours" },
    { name: "Symmetry", value: "Kaleidoscope" },
    { name: "Density", value: "Woven" },
    { name: "Texture", value: "Hatch" },
    { name: "Frame", value: "Tondo" },
    { name: "Marks", value: "Seal" },
    { name: "Epoch", value: "258" },
  ]);
});

test("a value that has no name shows as a number", () => {
  assert.equal(readTraits(wordOf(20, 0, 0, 0))[0].value, "no. 20");
});

test("traits are said in one breath", () => {
  assert.equal(
    sayTraits(readTraits(wordOf(0, 0, 0, 0))),
    "palette verdigris, family flow, symmetry none, density vast, texture smooth, frame none, marks none, epoch 0",
  );
});

test("the renderer calls every trait the same", () => {
  const table = source("wasm-model/src/picture/traits.rs").match(/pub const TRAIT_KINDS[^;]*;[^;]*;/)[0];
  const kinds = table.split('TraitKind { name: "').slice(1);
  assert.equal(kinds.length, 7);
  for (const [trait, text] of kinds.entries()) {
    const names = [...text.matchAll(/\("(\w+)", \d+\)/g)].map(([, name]) => name);
    for (const [value, name] of names.entries()) {
      const word = wordOf(...Array.from({ length: 7 }, (_, at) => (at === trait ? value : 0)));
      assert.deepEqual(readTraits(word)[trait], { name: text.split('"')[0], value: name });
    }
    const beyond = wordOf(...Array.from({ length: 7 }, (_, at) => (at === trait ? names.length : 0)));
    assert.equal(readTraits(beyond)[trait].value, `no. ${names.length}`);
  }
});
