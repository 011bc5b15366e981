// The Worker and the Spin components give the same answers, byte for byte.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { isBuilt, startHost } from "./host.mjs";
import { delivery, SWEEP_TOKEN, seedRequested, sign, start } from "./worker.mjs";

const skip = isBuilt ? false : "needs `cargo xtask build native components`";
const FAR = 1_000_000;

let chain;
let worker;
let host;

before(async () => {
  if (skip) return;
  // How a connection fails is each platform's to say; what a node says that is ill is not.
  chain = createServer((_, response) => response.writeHead(503).end()).listen(0, "127.0.0.1");
  await once(chain, "listening");
  const settings = { RPC_URL: `http://127.0.0.1:${chain.address().port}` };
  worker = await start({ settings });
  host = await startHost(settings);
});

after(async () => {
  await worker?.miniflare.dispose();
  await host?.stop();
  chain?.close();
});

/** What a client sees, without what a server adds of its own accord. */
async function ask(url, [method, path, headers = {}, body]) {
  // A body that is a stream is read once, so it is made for each request.
  const stream = typeof body === "function" ? { body: body(), duplex: "half" } : { body };
  const response = await fetch(`${url}${path}`, { method, headers, redirect: "manual", ...stream });
  const names = [
    "content-type",
    "allow",
    "www-authenticate",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-max-age",
  ];
  const seen = Object.fromEntries(names.map((name) => [name, response.headers.get(name)]));
  return { status: response.status, headers: seen, body: await response.text() };
}

function alchemy(body, signature = sign(body)) {
  return ["POST", "/webhooks/alchemy", { "x-alchemy-signature": signature }, body];
}

const first = delivery([seedRequested(1, FAR), seedRequested(2, FAR)]);
const mixed = delivery([seedRequested(2, FAR), seedRequested(3, FAR), seedRequested(4, FAR, `0x${"33".repeat(20)}`)]);
const old = first.replace(/"createdAt":"[^"]*"/, '"createdAt":"2020-01-01T00:00:00.000Z"');
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const NOBODY = `0x${"99".repeat(20)}`;
const cid = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

/** A body of so many pieces of 64 KiB, sent without saying how long it is. */
function pieces(count) {
  return () => {
    let left = count;
    return new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(65_536)) : controller.close()),
    });
  };
}

const CASES = {
  health: ["GET", "/healthz"],
  "health by HEAD": ["HEAD", "/healthz"],
  "health by POST": ["POST", "/healthz"],
  "a webhook": alchemy(first),
  "the same webhook again": alchemy(first),
  "a webhook of which half is known": alchemy(mixed),
  "a webhook of long ago": alchemy(old),
  "a webhook of another type": alchemy('{"type":"MINED_TRANSACTION"}'),
  "a webhook that breaks off": alchemy(first.slice(0, 100)),
  "an empty webhook": alchemy(""),
  "a webhook with a wrong signature": alchemy(first, sign(first, "another")),
  "a webhook without a signature": ["POST", "/webhooks/alchemy", {}, first],
  "a webhook by GET": ["GET", "/webhooks/alchemy"],
  "a provider that is not set up": ["POST", "/webhooks/standard", {}, "{}"],
  "a provider that nobody knows": ["POST", "/webhooks/nobody", {}, "{}"],
  "a webhook that is too large": alchemy("x".repeat(1024 * 1024 + 1)),
  "a question that is none": ["POST", "/oracle/infer", {}, '{"modelId":1}'],
  "a question beforehand": ["OPTIONS", "/oracle/infer"],
  "a lookup that is none": ["POST", "/oracle/ccip", {}, "{}"],
  "a lookup in the path that is none": ["GET", `/oracle/ccip/${NOBODY}/0x22.json`],
  "a lookup in the path beforehand": ["OPTIONS", `/oracle/ccip/${NOBODY}/0x22.json`],
  "a lookup that nobody can answer now": [
    "GET",
    `/oracle/ccip/${NOBODY}/0x54616cd8${[0, 64, 0].map((number) => number.toString(16).padStart(64, "0")).join("")}.json`,
  ],
  "an oracle's path that is not there": ["GET", "/oracle/nothing"],
  "a question that nobody can answer now": [
    "POST",
    "/oracle/infer",
    {},
    JSON.stringify({ modelId: `0x${"00".repeat(32)}`, input: "0x" }),
  ],
  "a question with a wrong API key": ["POST", "/oracle/infer", { "x-api-key": "guessed" }, "{}"],
  "a question with a password": ["POST", "/oracle/infer", { authorization: "Basic Z3Vlc3NlZA==" }, "{}"],
  "a webhook in pieces": ["POST", "/webhooks/alchemy", { "x-alchemy-signature": "00" }, pieces(3)],
  "content with a wrong API key": ["GET", `/ipfs/${cid}`, bearer("guessed")],
  "content that is not kept": ["GET", `/ipfs/${cid}`],
  "content of no name": ["GET", "/ipfs/nothing"],
  "a sweep with a wrong token": ["POST", "/sweep", bearer("guessed")],
  "a sweep without a node that is well": ["POST", "/sweep", bearer(SWEEP_TOKEN)],
  "a sweep by GET": ["GET", "/sweep"],
  // The last one, since the connection ends with it.
  "a webhook in pieces that is too large": ["POST", "/webhooks/alchemy", {}, pieces(17)],
};

for (const [name, request] of Object.entries(CASES)) {
  test(`both answer alike: ${name}`, { skip }, async () => {
    const [here, there] = [await ask(worker.url, request), await ask(host.url, request)];
    assert.deepEqual(here, there);
  });
}
