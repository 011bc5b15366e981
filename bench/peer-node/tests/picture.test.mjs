// The peer draws the same pictures: every pixel and every root is compared with the project's own renderer.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { hexToBytes, keccak256, numberToHex, toBytes } from "viem";
import { initSync, Painter, pixelRoot } from "../../../web/sdk/src/generated/renderer/renderer.js";
import { loadPainter } from "../src/picture/draw.mjs";
import { loadPixelRoot } from "../src/picture/pixel-root.mjs";

const COUNTS = [20, 12, 6, 4, 6, 4, 4];
const STAGES = 0x010101;

const file = (path) => new URL(`../../../${path}`, import.meta.url);
initSync({ module: await readFile(file("web/sdk/src/generated/renderer/renderer_bg.wasm")) });
const form = await readFile(file("models/atlas/atlas.vdgn"));
const paint = await loadPainter(file("models/atlas/atlas.onnx").pathname);
const rootOf = await loadPixelRoot();

/** Traits in which every value of each kind comes soon, and the epoch that belongs to them. */
function traitsWord(n) {
  const word = COUNTS.reduce(
    (word, count, i) => word + (BigInt((n + (i > 0 ? (n / 7) | 0 : 0) * i) % count) << BigInt(8 * i)),
    0n,
  );
  return numberToHex(word + (BigInt((n * 37) % 600) << 64n), { size: 32 });
}

for (const size of [40, 61, 256]) {
  test(`pictures of ${size}² and their roots are those of the renderer`, async () => {
    for (let n = 0; n < (size === 256 ? 12 : 96); n++) {
      const [seed, traits] = [keccak256(toBytes(`seed ${n}`)), traitsWord(n)];
      const rgba = new Painter(form, STAGES, hexToBytes(seed), hexToBytes(traits)).draw(size);
      const rgb = await paint({ stages: STAGES, size, seed, traits });
      const expected = rgba.filter((_, i) => i % 4 < 3);
      assert.equal(Buffer.compare(rgb, expected), 0, `picture ${n} (traits ${traits}) differs`);
      assert.deepEqual(rootOf(size, rgb), pixelRoot(size, rgba), `root ${n} differs`);
    }
  });
}

test("traits and stages that nobody knows are refused", async () => {
  const input = { stages: STAGES, size: 8, seed: keccak256("0x"), traits: numberToHex(20, { size: 32 }) };
  await assert.rejects(paint(input), /trait Palette is 20/);
  await assert.rejects(paint({ ...input, stages: 2 }), /stages 2 are unknown/);
});
