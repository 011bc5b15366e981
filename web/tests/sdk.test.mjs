// The SDK by itself: draws in this thread, packs pictures, and shows single tiles of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { bytesToHex, pad } from "viem";
import { randomNetwork } from "./network.mjs";
import { paint, rootOf, withoutAlpha } from "./renderer.mjs";
import "./typescript.mjs";

const sdk = await import("@verdigris/sdk");

const blueprint = {
  model: bytesToHex(randomNetwork("sdk")),
  stages: 0x010101,
  seed: pad("0x07"),
  traits: pad("0x01020304"),
};

test("a picture drawn in this thread is the workers' picture, whole or smooth", async () => {
  for (const [size, smooth] of [
    [1, false],
    [37, false],
    [64, true],
  ]) {
    const picture = await sdk.render(blueprint, { size, smooth });
    const rgba = paint({ ...blueprint, size, smooth });
    assert.deepEqual([...picture.rgba], [...rgba]);
    assert.equal(picture.pixelRoot, bytesToHex(rootOf(size, rgba)));
  }
});

test("what can't be drawn is refused in words", async () => {
  const draw = (change, options) => sdk.render({ ...blueprint, ...change }, { size: 8, ...options });
  await assert.rejects(draw({ model: "0x" }), { name: "Failure", message: /kept off chain/ });
  await assert.rejects(draw({ model: "0x1234" }), /./);
  await assert.rejects(draw({ stages: 0xffffff }), /./);
  for (const size of [0, 4097, 70_000, -1, 1.5, Number.NaN]) await assert.rejects(draw({}, { size }), RangeError);
  await assert.rejects(draw({}, { size: 4096, smooth: true }), RangeError);
});

test("a PNG that is written is read back, pixel by pixel", async () => {
  for (const size of [1, 2, 33, 100]) {
    const picture = await sdk.render(blueprint, { size });
    const { width, height, rgb } = await sdk.decodePng(await sdk.encodePng(picture));
    assert.deepEqual([width, height], [size, size]);
    assert.deepEqual([...rgb], [...withoutAlpha(picture.rgba)]);
  }
});

test("a tree over a picture's tiles has the renderer's root, and each tile's path leads to it", async () => {
  for (const size of [1, 8, 9, 16, 28, 61]) {
    const picture = await sdk.render(blueprint, { size });
    const tree = sdk.pixelTree({ size, rgb: Uint8Array.from(withoutAlpha(picture.rgba)) });
    assert.equal(tree.root, picture.pixelRoot);
    const count = Math.ceil(size / 8) ** 2;
    for (let index = 0; index < count; index++) {
      const { tile, proof, leaf } = tree.open(index);
      assert.equal(tile.length, 6);
      assert.ok(SimpleMerkleTree.verify(tree.root, leaf, [...proof]), `tile ${index} of ${size}²`);
    }
    assert.throws(() => tree.open(count), RangeError);
  }
});

test("what a picture model is asked and answers goes into bytes and back", () => {
  const input = { stages: 0x010101, size: 256, seed: pad("0x01"), traits: pad("0x02"), title: "Verdigris #7 é" };
  assert.deepEqual(sdk.decodePictureInput(sdk.encodePictureInput(input)), input);
  for (const wrong of ["0x", "0x00", pad("0x20")]) {
    assert.throws(() => sdk.decodePictureInput(wrong));
    assert.throws(() => sdk.decodePictureOutput(wrong));
  }
});
