// PNGs are read to the exact byte, and what isn't a plain PNG is refused in words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodePng } from "./png.mjs";
import "./typescript.mjs";

const { decodePng } = await import("../sdk/src/files/png.ts");

const picture = {
  width: 13,
  height: 11,
  rgb: Uint8Array.from({ length: 13 * 11 * 3 }, (_, i) => (i * 37 + (i >> 3) * 91) & 255),
};

for (const [filter, name] of ["none", "sub", "up", "average", "Paeth"].entries()) {
  test(`pixels come through line filter “${name}” unchanged`, async () => {
    assert.deepEqual(await decodePng(encodePng(picture, () => filter)), picture);
  });
}

test("pixels come through a mix of all line filters unchanged", async () => {
  assert.deepEqual(await decodePng(encodePng(picture, (y) => y % 5)), picture);
});

test("a file of another kind is refused", async () => {
  await assert.rejects(decodePng(new TextEncoder().encode("GIF89a")), /not a PNG/);
});

test("a file that is cut short is refused wherever the cut is", async () => {
  const file = encodePng(picture);
  for (let length = 8; length < file.length; length++) {
    await assert.rejects(decodePng(file.subarray(0, length)), { name: "Failure" }, `cut at ${length}`);
  }
});

test("a header that claims a huge picture is refused before anything is unpacked", async () => {
  const file = encodePng(picture);
  file.writeUInt32BE(100_000, 16);
  await assert.rejects(decodePng(file), /claims 100000 × 11 pixels/);
});

test("more pixels than the header says are refused", async () => {
  const file = encodePng(picture);
  file.writeUInt32BE(10, 20);
  await assert.rejects(decodePng(file), /don’t unpack/);
});

test("fewer pixels than the header says are refused", async () => {
  const file = encodePng(picture);
  file.writeUInt32BE(12, 20);
  await assert.rejects(decodePng(file), /fewer pixels/);
});

test("pixels with an alpha channel are refused", async () => {
  const file = encodePng(picture);
  file[25] = 6;
  await assert.rejects(decodePng(file), /plain 8-bit RGB/);
});
