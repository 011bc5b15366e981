// Pictures go to Arweave as data items that a bundler checks, and are found there by their CID.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startArweave, startBundler } from "./arweave.mjs";
import { assertPinned, picture, pin, startFunctions } from "./functions.mjs";
import { need } from "./installed.mjs";
import { addressOf } from "./unixfs.mjs";

const { DataItem } = need("arbundles");
const KEY = `0x${"07".repeat(32)}`;

let gateway;
let bundler;
let functions;

before(async () => {
  gateway = await startArweave();
  bundler = await startBundler(gateway);
  functions = await startFunctions({ PINNERS: "arweave", ARWEAVE_URL: bundler.url, ARWEAVE_KEY: KEY });
});

after(async () => {
  await functions?.stop();
  bundler?.stop();
  await gateway?.stop();
});

test("a picture is found by its CID, and read back byte for byte", async () => {
  const png = picture((1 << 20) + 1, 1);
  await assertPinned(functions, png);
  const [id, ...others] = await gateway.idsByTag("IPFS-CID", await addressOf(png), 1);
  assert.deepEqual(others, []);
  const { type, content } = await gateway.read(id);
  assert.equal(type, "image/png");
  assert.ok(content.equals(png));
  assert.ok(
    bundler.received.some((bytes) => new DataItem(bytes).id === id),
    "the id that was known beforehand",
  );
  assert.equal((await gateway.idsByTag("App-Name", "Verdigris", 2)).length, 2, "the picture and its metadata");
});

test("a retry sends the same items, which are on the chain once", async () => {
  const png = picture(300_000, 2);
  const before = bundler.received.length;
  await assertPinned(functions, png);
  await assertPinned(functions, png);
  const ids = bundler.received.slice(before).map((bytes) => new DataItem(bytes).id);
  assert.equal(ids.length, 4);
  assert.equal(new Set(ids).size, 2);
  assert.equal((await gateway.idsByTag("IPFS-CID", await addressOf(png), 1)).length, 1);
});

test("a gateway that is gone fails the answer, whatever the bundler has taken", async () => {
  await gateway.kill();
  const { status, detail } = await pin(functions, picture(300, 3));
  assert.equal(status, 502);
  assert.match(detail, /pinning to arweave failed: HTTP status 500/);
});
