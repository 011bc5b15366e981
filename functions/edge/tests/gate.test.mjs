// Who is let in, and how often: the Worker and the Spin components count alike.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { isBuilt, startHost } from "./host.mjs";
import { ART, delivery, SWEEP_TOKEN, seedRequested, send, sign, start } from "./worker.mjs";

const skip = isBuilt ? false : "needs `cargo xtask build native components`";
const FAR = 1_000_000;
const CID = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

const digest = (key) => createHash("sha256").update(key).digest("hex");
const SETTINGS = {
  API_KEYS: `ann:${digest("key-of-ann")}, bob:${digest("key-of-bob")}`,
  OPEN_ROUTES: "ipfs",
  RATE_PER_SOURCE: "4",
  RATE_PER_KEY: "3",
  CONSUMERS: ART,
};

/** What both answer, which has to be the same. */
async function both(request) {
  const [here, there] = await Promise.all(platforms.map(({ url }) => request(url)));
  assert.deepEqual(here, there);
  return here;
}

/** Asks so many times; gives the statuses, and of the last answer what it says of limits. */
async function ask(url, times, path, { headers, method } = {}) {
  const statuses = [];
  for (let time = 0; time < times; time++) {
    const response = await fetch(`${url}${path}`, { method, headers });
    const problem = await response.json();
    statuses.push(response.status);
    if (response.status === 429) {
      assert.equal(problem.type, "urn:verdigris:problem:too-many-requests");
      const seconds = Number(response.headers.get("retry-after"));
      assert.ok(seconds > 0 && seconds <= 60, `${seconds}`);
      assert.match(response.headers.get("ratelimit-policy"), /^"(source|API key|provider)";q=\d+;w=60$/);
      assert.equal(response.headers.get("ratelimit").split(";t=")[1], String(seconds));
    }
  }
  return statuses;
}

let platforms = [];

before(async () => {
  if (skip) return;
  const worker = await start({ settings: SETTINGS });
  const host = await startHost(SETTINGS);
  platforms = [
    { url: worker.url, stop: () => worker.miniflare.dispose() },
    { url: host.url, stop: host.stop },
  ];
});

after(() => Promise.all(platforms.map(({ stop }) => stop())));

test("a key has units of its own on a route that isn't open without one", { skip }, async () => {
  const post = (url, times, headers) => ask(url, times, "/oracle/infer", { method: "POST", headers });
  assert.deepEqual(await both((url) => post(url, 4, { "x-api-key": "key-of-ann" })), [400, 400, 400, 429]);
  assert.deepEqual(await both((url) => post(url, 1, { authorization: "Bearer key-of-bob" })), [400]);
});

// The rest share the source's four units, so their order counts.
test("a client's address is what the platform says and not what the client claims", { skip }, async () => {
  const claim = (url, address) => ({
    // Cloudflare replaces this one, whatever a client sends; the runtime on a machine of one's own leaves it.
    ...(url === platforms[0].url ? {} : { "cf-connecting-ip": address }),
    "true-client-ip": address,
    "spin-client-addr": `${address}:1`,
    "x-forwarded-for": address,
    "x-real-ip": address,
    forwarded: `for=${address}`,
  });
  const addresses = ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.5"];
  const statuses = await both(async (url) => {
    const found = [];
    for (const address of addresses)
      found.push(...(await ask(url, 1, `/ipfs/${CID}`, { headers: claim(url, address) })));
    return found;
  });
  assert.deepEqual(statuses, [404, 404, 404, 404, 429]);
});

test("each address that Cloudflare names has units of its own", { skip }, async () => {
  const from = (address) => ask(platforms[0].url, 5, "/healthz", { headers: { "cf-connecting-ip": address } });
  for (const address of ["203.0.113.7", "2001:db8:7::1"]) {
    assert.deepEqual(await from(address), [200, 200, 200, 200, 429], address);
  }
  assert.deepEqual(await from("2001:db8:7::2"), [429, 429, 429, 429, 429], "the same network");
});

test("whoever has used up its units is refused on every route, a wrong key or token included", { skip }, async () => {
  assert.deepEqual(await both((url) => ask(url, 1, "/healthz")), [429]);
  assert.deepEqual(await both((url) => ask(url, 1, "/oracle/infer", { method: "POST" })), [429]);
  assert.deepEqual(
    await both((url) => ask(url, 1, "/oracle/infer", { method: "POST", headers: { "x-api-key": "no" } })),
    [429],
  );
  const guess = { method: "POST", headers: { authorization: "Bearer guessed" } };
  assert.deepEqual(await both((url) => ask(url, 1, "/sweep", guess)), [429]);
  assert.deepEqual(await both((url) => ask(url, 1, "/webhooks/alchemy", { method: "POST" })), [429]);
});

test("but never a right signature or token from the same address", { skip }, async () => {
  const body = delivery([seedRequested(1, FAR)]);
  const { status, answer } = await both((url) => send(url, body, sign(body)));
  assert.deepEqual([status, answer.taken], [200, 1]);
  const right = { method: "POST", headers: { authorization: `Bearer ${SWEEP_TOKEN}` } };
  // The node isn't there: the token was right.
  assert.deepEqual(await both((url) => ask(url, 1, "/sweep", right)), [502]);
});
