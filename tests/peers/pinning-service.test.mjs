// A pinning service is told addresses, and fetches the content itself from where it was kept before.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertPinned, picture, pin, startFunctions } from "./functions.mjs";
import { startIpfs } from "./ipfs.mjs";
import { startPinningService } from "./pinning-service.mjs";
import { addressOf } from "./unixfs.mjs";

const TOKEN = "token_of_the_service";
const ORIGIN = "/dns4/ipfs.example/tcp/4001/p2p/QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC";

let node;

before(async () => {
  node = await startIpfs();
});

after(() => node?.stop());

/** Runs a test with a service and functions that use it. */
async function withService(fetchContent, settings, run) {
  const service = await startPinningService(TOKEN, fetchContent);
  const known = {
    PINNERS: "kubo,psa",
    KUBO_URL: node.url,
    PSA_URL: service.url,
    PSA_TOKEN: TOKEN,
    PSA_ORIGINS: ORIGIN,
  };
  const functions = await startFunctions({ ...known, ...settings });
  try {
    await run(service, functions);
  } finally {
    await functions.stop();
    service.stop();
  }
}

test("what a node of ours holds, the service fetches there by its address", async () => {
  await withService(node.cat, {}, async (service, functions) => {
    const png = picture((1 << 20) + 1, 1);
    await assertPinned(functions, png);
    const cid = await addressOf(png);
    assert.ok(service.held.get(cid).equals(png));
    const pins = service.pins();
    assert.deepEqual(
      pins.map(({ status }) => status),
      ["pinned", "pinned"],
    );
    const { pin: asked } = pins.find((pin) => pin.pin.cid === cid);
    assert.equal(asked.name, "picture.png");
    assert.deepEqual([...asked.origins], [ORIGIN]);

    await assertPinned(functions, png);
    assert.equal(service.pins().length, 2, "asked for once");
  });
});

test("what the functions keep themselves, the service fetches over HTTP", async () => {
  let gateway;
  const fetchContent = async (cid) => Buffer.from(await (await fetch(`${gateway}/ipfs/${cid}`)).arrayBuffer());
  await withService(fetchContent, { PINNERS: "embedded,psa" }, async (service, functions) => {
    gateway = functions.url;
    const png = picture(300_000, 2);
    await assertPinned(functions, png);
    assert.ok(service.held.get(await addressOf(png)).equals(png));
  });
});

test("a service that can't fetch the content fails the answer, and says why", async () => {
  const nothing = async () => {
    throw new Error("no providers found");
  };
  await withService(nothing, {}, async (_service, functions) => {
    const { status, detail } = await pin(functions, picture(300, 3));
    assert.equal(status, 502);
    assert.match(detail, /pinning to psa failed: it gave up: could not fetch: no providers found/);
  });
});

test("a service that doesn't know our token is told apart from one that is down", async () => {
  await withService(node.cat, { PSA_TOKEN: "token_of_another" }, async (service, functions) => {
    const { status, detail } = await pin(functions, picture(300, 4));
    assert.equal(status, 502);
    assert.match(detail, /pinning to psa failed: HTTP status 401: .*access token is invalid/);
    assert.ok(!detail.includes("token_of_another"));
    assert.deepEqual(service.pins(), []);
  });
});
