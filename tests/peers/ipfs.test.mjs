// Pictures go to a node of js-ipfs, and it gives them back byte for byte.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertPinned, picture, startFunctions } from "./functions.mjs";
import { startIpfs } from "./ipfs.mjs";
import { addressOf } from "./unixfs.mjs";

const CHUNK = 1 << 20;

let node;
let functions;

before(async () => {
  node = await startIpfs();
  functions = await startFunctions({ PINNERS: "kubo", KUBO_URL: node.url });
});

after(async () => {
  await functions?.stop();
  await node?.stop();
});

const sizes = {
  "of a few bytes": 300,
  "of just one block": CHUNK,
  "of three blocks": CHUNK + 1,
  "of seven": 5_000_001,
};
for (const [name, bytes] of Object.entries(sizes)) {
  test(`a picture ${name} is kept, pinned and read back`, async () => {
    const png = picture(bytes, bytes);
    const before = await node.pins();
    await assertPinned(functions, png);
    const cid = await addressOf(png);
    assert.ok((await node.cat(cid)).equals(png));
    const added = (await node.pins()).filter((pinned) => !before.includes(pinned));
    assert.equal(added.length, 2, "the picture and its metadata");
    const [document] = added.filter((pinned) => pinned !== cid);
    assert.equal(JSON.parse(await node.cat(document)).image, `ipfs://${cid}`);
  });
}

test("a picture that is there already is kept again, and nothing more is pinned", async () => {
  const png = picture(CHUNK + 1, 1);
  await assertPinned(functions, png);
  const before = await node.pins();
  await assertPinned(functions, png);
  assert.deepEqual(await node.pins(), before);
});
