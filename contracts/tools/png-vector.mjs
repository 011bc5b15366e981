// Writes test/vectors/png.json: PNG files put together with Node's own zlib, stored and not compressed, so that the files
// made in the contract are compared byte for byte with ones that none of our Solidity made.
// Run: node contracts/tools/png-vector.mjs
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

const SIZES = [
  [1, 1],
  [3, 2],
  [5, 1],
  [1, 7],
  [32, 32],
  [147, 148],
  [21_844, 1],
];

/** The picture: any three bytes that differ from pixel to pixel will do. */
const pixel = (x, y) => [(7 * x + 13 * y) & 255, (x * y + 3) & 255, (29 * x - 5 * y) & 255];

const uint32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

function chunk(name, content) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), content]);
  return Buffer.concat([uint32(content.length), body, uint32(crc32(body))]);
}

function png(width, height) {
  const rows = [];
  for (let y = 0; y < height; y += 1) {
    rows.push(0); // no filter
    for (let x = 0; x < width; x += 1) rows.push(...pixel(x, y));
  }
  return Buffer.concat([
    Buffer.from([0x89, ...Buffer.from("PNG\r\n"), 0x1a, 0x0a]),
    chunk("IHDR", Buffer.concat([uint32(width), uint32(height), Buffer.from([8, 2, 0, 0, 0])])),
    chunk("IDAT", deflateSync(Buffer.from(rows), { level: 0, windowBits: 15, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const pictures = SIZES.map(([width, height]) => {
  const file = png(width, height);
  return { width, height, length: file.length, sha256: `0x${createHash("sha256").update(file).digest("hex")}` };
});

const file = new URL("../test/vectors/png.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(pictures, null, 2)}\n`);
