// What the Worker answers, keeps and refuses. Needs `cargo xtask build cloudflare`.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { ART, BUILT, delivery, SIGNING_KEY, SWEEP_TOKEN, seedRequested, send, sign, start } from "./worker.mjs";

const FAR = 1_000_000;
const MAX_BODY = 1024 * 1024;

let worker;
let chain;

/** A node that knows one block, and remembers what it was asked. */
async function fakeChain() {
  const asked = [];
  const head = { number: "0x5", timestamp: "0x6a000000", hash: `0x${"05".repeat(32)}`, baseFeePerGas: "0x1" };
  const answer = ({ id, method }) => {
    asked.push(method);
    const known = { eth_getBlockByNumber: head, eth_getLogs: [], eth_blockNumber: "0x5" };
    if (method in known) return { jsonrpc: "2.0", id, result: known[method] };
    return { jsonrpc: "2.0", id, error: { code: -32601, message: "no such method" } };
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const question = JSON.parse(Buffer.concat(chunks));
    const body = Array.isArray(question) ? question.map(answer) : answer(question);
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { asked, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function until(what, check, ms = 60_000) {
  for (const start = Date.now(); Date.now() - start < ms; ) {
    const result = await check();
    if (result) return result;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited in vain for ${what}`);
}

before(async () => {
  chain = await fakeChain();
  worker = await start({ settings: { RPC_URL: chain.url } });
});

after(async () => {
  await worker?.miniflare.dispose();
  chain?.close();
});

test("the Worker is at most 400 KB, compressed", async () => {
  const names = (await readdir(BUILT, { recursive: true })).filter((name) => /\.(m?js|wasm)$/.test(name));
  const sizes = await Promise.all(names.map(async (name) => gzipSync(await readFile(join(BUILT, name))).length));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total <= 400_000, `${total} bytes`);
});

test("the Worker says that it is well", async () => {
  const response = await fetch(`${worker.url}/healthz`);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "ok" });
  assert.equal((await fetch(`${worker.url}/healthz`, { method: "HEAD" })).status, 200);
  assert.equal((await fetch(`${worker.url}/healthz`, { method: "POST" })).status, 405);
});

test("what the functions say to each other has no address outside", async () => {
  for (const path of [
    "/jobs",
    "/run",
    "/told",
    "/pin",
    "/answers",
    "/attestations",
    "/outbox",
    "/outbox/0x00",
    "/values",
    "/",
    "/webhooks",
    "/oracle/infer/",
  ]) {
    const response = await fetch(`${worker.url}${path}`, { method: "POST", body: "{}" });
    assert.equal(response.status, 404, path);
    assert.equal(response.headers.get("content-type"), "application/problem+json", path);
  }
});

test("a signed webhook becomes one job, and is known from then on", async () => {
  const body = delivery([seedRequested(1, FAR), seedRequested(2, FAR)]);
  const first = await send(worker.url, body);
  assert.equal(first.status, 200);
  assert.equal(first.answer.taken, 2);
  const again = await send(worker.url, body);
  assert.deepEqual([again.status, again.answer.taken, again.answer.known], [200, 0, 2]);
});

test("forty deliveries of the same event at the same moment make one job", async () => {
  const body = delivery([seedRequested(40, FAR)]);
  const answers = await Promise.all(Array.from({ length: 40 }, () => send(worker.url, body)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  const count = (what) => answers.reduce((sum, { answer }) => sum + answer[what], 0);
  assert.deepEqual([count("taken"), count("known")], [1, 39]);
});

test("events of contracts that are not served are ignored", async () => {
  const { status, answer } = await send(worker.url, delivery([seedRequested(3, FAR, `0x${"33".repeat(20)}`)]));
  assert.deepEqual([status, answer.ignored, answer.taken], [202, 1, 0]);
});

test("a wrong signature is refused, and so is none", async () => {
  const body = delivery([seedRequested(4, FAR)]);
  for (const signature of [sign(body, "another key"), sign(`${body} `), "", "00"]) {
    const { status, answer } = await send(worker.url, body, signature);
    assert.equal(status, 401, signature);
    assert.equal(answer.type, "urn:verdigris:problem:unauthorized");
  }
  const unsigned = await fetch(`${worker.url}/webhooks/alchemy`, { method: "POST", body });
  assert.equal(unsigned.status, 401);
  // None of them took the job.
  assert.equal((await send(worker.url, body)).answer.taken, 1);
});

test("a route whose secret is not set is not there", async () => {
  const response = await fetch(`${worker.url}/webhooks/standard`, { method: "POST", body: "{}" });
  assert.equal(response.status, 404);
});

test("a body that is too large is refused, whether it says so or not", async () => {
  const large = "x".repeat(MAX_BODY + 1);
  const said = await send(worker.url, large);
  assert.equal(said.status, 413);
  assert.equal(said.answer.type, "urn:verdigris:problem:body-too-large");
  const pieces = new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < large.length; sent += 65_536) controller.enqueue(new Uint8Array(65_536));
      controller.close();
    },
  });
  const unsaid = await fetch(`${worker.url}/webhooks/alchemy`, { method: "POST", body: pieces, duplex: "half" });
  assert.equal(unsaid.status, 413);
  assert.equal((await send(worker.url, "x".repeat(MAX_BODY))).status, 400);
});

test("a sweep is for whoever has the token", async () => {
  const sweep = (token) =>
    fetch(`${worker.url}/sweep`, { method: "POST", headers: { authorization: `Bearer ${token}` } });
  assert.equal((await sweep("guessed")).status, 401);
  const response = await sweep(SWEEP_TOKEN);
  assert.equal(response.status, 200, await response.clone().text());
  assert.equal((await response.json()).head, 5);
});

test("the timer sweeps", async () => {
  const before = chain.asked.filter((method) => method === "eth_getLogs").length;
  const { outcome } = await (await worker.miniflare.getWorker(worker.name)).scheduled({ cron: "* * * * *" });
  assert.equal(outcome, "ok");
  assert.ok(chain.asked.filter((method) => method === "eth_getLogs").length > before);
});

test("a redirect is not followed", async () => {
  let followed = 0;
  const elsewhere = createServer((_, response) => response.end(String(++followed)));
  await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const location = `http://127.0.0.1:${elsewhere.address().port}/`;
  const redirecting = createServer((_, response) => response.writeHead(307, { location }).end());
  await new Promise((resolve) => redirecting.listen(0, "127.0.0.1", resolve));
  const lost = await start({ settings: { RPC_URL: `http://127.0.0.1:${redirecting.address().port}` } });
  try {
    const headers = { authorization: `Bearer ${SWEEP_TOKEN}` };
    const response = await fetch(`${lost.url}/sweep`, { method: "POST", headers });
    assert.equal(response.status, 502);
    assert.equal(followed, 0);
  } finally {
    await lost.miniflare.dispose();
    elsewhere.close();
    redirecting.close();
  }
});

test("consumers may come from the namespace, keys may not", async () => {
  const body = delivery([seedRequested(1, FAR)]);
  const statuses = [];
  for (const key of ["", SIGNING_KEY]) {
    const other = await start({ settings: { CONSUMERS: "", ALCHEMY_SIGNING_KEY: key } });
    try {
      const settings = await other.miniflare.getKVNamespace("SETTINGS", other.name);
      await settings.put("consumers", ART);
      await settings.put("alchemy_signing_key", SIGNING_KEY);
      statuses.push((await send(other.url, body)).status);
    } finally {
      await other.miniflare.dispose();
    }
  }
  assert.deepEqual(statuses, [404, 200]);
});

test("what was taken is known after a restart", async () => {
  const persist = await mkdtemp(join(tmpdir(), "verdigris-edge-"));
  const body = delivery([seedRequested(5, FAR)]);
  try {
    for (const taken of [1, 0]) {
      const run = await start({ persist });
      try {
        const { status, answer } = await send(run.url, body);
        assert.deepEqual([status, answer.taken, answer.known], [200, taken, 1 - taken]);
      } finally {
        await run.miniflare.dispose();
      }
    }
  } finally {
    await rm(persist, { recursive: true, force: true });
  }
});

test("a job that keeps failing ends in the dead-letter queue, and names no secret", async () => {
  let said = "";
  const failing = await start({
    maxRetries: 0,
    settings: { RPC_PATH: "v2/a-very-secret-key" },
    log: (line) => (said += line),
  });
  try {
    const body = delivery([seedRequested(6, 1)]);
    assert.equal((await send(failing.url, body)).answer.taken, 1);
    const letters = await failing.miniflare.getWorker("dead-letters");
    const [letter] = await until("a dead letter", async () => {
      const found = await (await letters.fetch("http://dead-letters/")).json();
      return found.length > 0 && found;
    });
    const { job } = JSON.parse(letter);
    assert.deepEqual([job.kind, job.tokenId, job.drawBlock], ["draw", "6", 1]);
    await until("the reason in the log", () => said.includes("draw:"));
    assert.ok(!said.includes("a-very-secret-key"), said);
  } finally {
    await failing.miniflare.dispose();
  }
});
