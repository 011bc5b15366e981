// Addresses that are formed here are those that other people's libraries form. Needs `cargo xtask test peers`, which
// has the example `addresses` of verdigris-core write the files that are compared.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { need } from "./installed.mjs";
import { addressOf } from "./unixfs.mjs";

const { createData, DataItem, EthereumSigner } = need("arbundles");

const written =
  process.env.VERDIGRIS_ADDRESSES ?? fileURLToPath(new URL("../../.verdigris/addresses", import.meta.url));
const read = (name) => readFileSync(join(written, name));
const { files, items } = JSON.parse(read("addresses.json"));

for (const { len, cid, root } of files) {
  test(`ipfs-unixfs-importer gives a file of ${len} bytes the same address`, async () => {
    assert.equal(cid, root, "the archive's root is the file");
    assert.equal(await addressOf(read(`${len}.bin`)), cid);
  });
}

for (const { case: name, len, id, tags, key } of items) {
  const bytes = read(`${name}.item`);

  test(`arbundles reads and verifies the item "${name}" with ${tags.length} tags on ${len} bytes`, async () => {
    assert.ok(await DataItem.verify(bytes));
    const item = new DataItem(bytes);
    assert.equal(item.id, id);
    assert.deepEqual(item.tags, tags);
    assert.equal(item.rawData.length, len);
    assert.equal(item.target, "");
    assert.equal(item.anchor, "");
  });

  test(`arbundles makes the same bytes of the content of "${name}" under the same key`, async () => {
    const signer = new EthereumSigner(key.slice(2));
    const item = createData(new DataItem(bytes).rawData, signer, { tags });
    await item.sign(signer);
    assert.ok(item.getRaw().equals(bytes));
  });
}

test("arbundles refuses an item of which any part was changed", async () => {
  const bytes = read("picture.item");
  const item = new DataItem(bytes);
  const tags = item.getTagsStart() + 16;
  const parts = {
    r: 2,
    s: 40,
    owner: 70,
    name: tags + 3,
    value: tags + 20,
    content: bytes.length - item.rawData.length,
    end: bytes.length - 1,
  };
  for (const [part, at] of Object.entries(parts)) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1;
    const verified = await DataItem.verify(changed).catch(() => false);
    assert.equal(verified, false, part);
  }
});
