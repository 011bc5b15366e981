// Nodes that die, hang and come back: what isn't kept is said clearly, and a quorum of others is enough.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertPinned, picture, pin, startFunctions } from "./functions.mjs";
import { startIpfs } from "./ipfs.mjs";
import { addressOf } from "./unixfs.mjs";

const CHUNK = 1 << 20;

let node;
let strict;
let tolerant;

before(async () => {
  node = await startIpfs();
  const settings = { PINNERS: "embedded,kubo", KUBO_URL: node.url };
  strict = await startFunctions(settings);
  tolerant = await startFunctions({ ...settings, PIN_QUORUM: "1" });
});

after(async () => {
  await strict?.stop();
  await tolerant?.stop();
  await node?.stop();
});

test("a node that hangs is given up in time, and one that dies over an upload is noticed at once", async () => {
  node.freeze();
  const hanging = await pin(strict, picture(3 * CHUNK, 1));
  assert.equal(hanging.status, 504);
  assert.match(hanging.detail, /pinning to kubo failed: /);

  const upload = pin(strict, picture(3 * CHUNK, 2));
  await new Promise((resolve) => setTimeout(resolve, 500));
  await node.kill();
  const { status, detail } = await upload;
  assert.equal(status, 502);
  assert.match(detail, /pinning to kubo failed: connection failed/);
});

test("without the node nothing goes on, unless a quorum of one is enough", async () => {
  const png = picture(CHUNK + 1, 3);
  const { status, detail } = await pin(strict, png);
  assert.equal(status, 502);
  assert.match(detail, /pinning to kubo failed: connection failed/);

  await assertPinned(tolerant, png);
  const response = await fetch(`${tolerant.url}/ipfs/${await addressOf(png)}`);
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(png));
});

test("a node that comes back empty is given everything at the next try", async () => {
  const port = new URL(node.url).port;
  await node.stop();
  node = await startIpfs(port);
  const png = picture(CHUNK + 1, 3);
  await assertPinned(strict, png);
  assert.ok((await node.cat(await addressOf(png))).equals(png));
});
