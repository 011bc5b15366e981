// Traits have the names, shares and rarity that the contract and the renderer give them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import "./typescript.mjs";

const { rarityOf, readTraits, sayTraits, TRAIT_KINDS } = await import("../sdk/src/token/traits.ts");

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
    { name: "Rarity", value: "Rare" },
    { name: "Epoch", value: "258" },
  ]);
});

test("a value that has no name shows as a number", () => {
  assert.equal(readTraits(wordOf(20, 0, 0, 0))[0].value, "no. 20");
});

test("traits are said in one breath", () => {
  assert.equal(
    sayTraits(readTraits(wordOf(0, 0, 0, 0))),
    "palette verdigris, family flow, symmetry none, density vast, texture smooth, frame none, marks none, rarity common, epoch 0",
  );
});

const renderer = source("wasm-model/src/picture/traits.rs");

test("the renderer has the same traits, with the same values and shares", () => {
  const table = renderer.match(/pub const TRAIT_KINDS[^;]*;[^;]*;/)[0];
  const kinds = table.split('TraitKind { name: "').slice(1);
  const parsed = kinds.map((text) => ({
    name: text.split('"')[0],
    values: [...text.matchAll(/\("(\w+)", (\d+)\)/g)].map(([, name, share]) => ({ name, share: Number(share) })),
  }));
  assert.equal(parsed.length, 7);
  assert.deepEqual(TRAIT_KINDS, parsed);
});

test("every value is read by its number", () => {
  for (const [trait, { name, values }] of TRAIT_KINDS.entries()) {
    const read = (value) =>
      readTraits(wordOf(...Array.from({ length: 7 }, (_, at) => (at === trait ? value : 0))))[trait];
    for (const [number, { name: value }] of values.entries()) assert.deepEqual(read(number), { name, value });
    assert.equal(read(values.length).value, `no. ${values.length}`);
  }
});

test("the renderer draws the same bounds between rarities", () => {
  const body = renderer.match(/pub fn rarity[\s\S]*?\n {4}}/)[0];
  const bounds = [...body.matchAll(/(\d+)\.\.=(\d+) => "(\w+)"/g)].map(([, from, to, name]) => [+from, +to, name]);
  assert.equal(bounds.length, 3);
  const [, rest] = body.match(/_ => "(\w+)"/);
  for (let share = 0; share <= 256; share++) {
    const name = bounds.find(([from, to]) => from <= share && share <= to)?.[2] ?? rest;
    assert.equal(rarityOf(share), name, `a share of ${share}`);
  }
});

test("the rarest trait alone makes a token's rarity", () => {
  const rarity = (...traits) => readTraits(wordOf(...traits)).find(({ name }) => name === "Rarity").value;
  assert.equal(rarity(0, 0, 0, 0), "Common");
  assert.equal(rarity(19), "Legendary"); // Solstice, 5
  assert.equal(rarity(19, 11, 5), "Legendary");
  assert.equal(rarity(0, 11), "Rare"); // Rosette, 10
  assert.equal(rarity(0, 0, 5), "Uncommon"); // Kaleidoscope, 12
  assert.equal(rarity(0, 0, 0, 0, 0, 0, 0, 0, 255, 255), "Common", "no epoch is rarer");
  assert.equal(rarity(200, 11), "Rare", "a value without a name has no share");
});
