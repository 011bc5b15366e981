// Models that servers run, which a Worker of its own asks: here one that speaks the Open Inference Protocol.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { isBuilt, register, startChain } from "./chain.mjs";
import { start } from "./worker.mjs";

const skip = isBuilt ? false : "needs `cargo xtask build native contracts`";
const NOBODY = "http://127.0.0.1:9";
const TOKEN = "token_of_the_server";
const SECRET = Buffer.from("what the server signs with").toString("base64");

const ASKED = [0.5, -1, 2, 0, 1.5, -0.25, 3, -2];
/** Nothing that the model would compute: so it comes from the server. */
const ANSWERED = [7, -8.5, 9];
const METADATA = {
  name: "risk",
  inputs: [{ name: "features", datatype: "FP32", shape: [-1, 8] }],
  outputs: [{ name: "classes", datatype: "FP32", shape: [-1, 3] }],
};

let chain;
let modelId;
let server;

before(async () => {
  if (skip) return;
  chain = await startChain();
  modelId = await register(chain, "functions/onnx/tests/models/risk.onnx");
  server = await startServer();
});

after(() => {
  server?.close();
  chain?.stop();
});

/** A server with the model, which remembers what it was asked. */
async function startServer() {
  const asked = [];
  const http = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    asked.push({ method, url, headers, body: Buffer.concat(chunks) });
    const model = `/v2/models/${modelId}`;
    if (headers.authorization !== `Bearer ${TOKEN}`) return response.writeHead(401).end();
    if (url === "/v2/health/ready") return response.end();
    if (method === "GET" && url === model) return response.end(JSON.stringify(METADATA));
    if (method !== "POST" || url !== `${model}/infer`) return response.writeHead(404).end("{}");
    const parameters = { binary_data_size: 4 * ANSWERED.length };
    const output = { name: "classes", datatype: "FP32", shape: [1, 3], parameters };
    const head = Buffer.from(JSON.stringify({ model_name: "risk", outputs: [output] }));
    response.setHeader("content-type", "application/octet-stream");
    response.setHeader("inference-header-content-length", head.length);
    response.end(Buffer.concat([head, floats(ANSWERED, "writeFloatLE")]));
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  return { asked, url: `http://127.0.0.1:${http.address().port}`, close: () => http.close() };
}

function floats(numbers, write) {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [place, number] of numbers.entries()) bytes[write](number, 4 * place);
  return bytes;
}

const hex = (numbers) => `0x${floats(numbers, "writeFloatBE").toString("hex")}`;

/** Asks a Worker with these settings directly; gives the status and the answer, and what the server was asked. */
async function ask(settings) {
  const { hub, art, url, chainId, startBlock } = chain;
  const served = { HUB: hub, CONSUMERS: art, RPC_URL: url, CHAIN_ID: String(chainId), START_BLOCK: String(startBlock) };
  const servers = { WORKER_PROTOCOL: "oip", WORKER_TOKEN: TOKEN, ...settings };
  const worker = await start({ settings: { ...served, ...servers } });
  server.asked.length = 0;
  try {
    const body = JSON.stringify({ modelId, input: hex(ASKED) });
    const response = await fetch(`${worker.url}/oracle/infer`, { method: "POST", body });
    return { status: response.status, answer: await response.json(), asked: [...server.asked] };
  } finally {
    await worker.miniflare.dispose();
  }
}

test("a server answers what it is asked in its protocol, with its token", { skip }, async () => {
  const { status, answer, asked } = await ask({ WORKER_MODELS: modelId, WORKER_URL: server.url });
  assert.equal(status, 200, JSON.stringify(answer));
  assert.deepEqual([answer.modelId, answer.output], [modelId, hex(ANSWERED)]);
  const path = `/v2/models/${modelId}`;
  assert.deepEqual(
    asked.map(({ method, url }) => [method, url]),
    [
      ["GET", path],
      ["POST", `${path}/infer`],
    ],
  );
  const [, { headers, body }] = asked;
  const length = Number(headers["inference-header-content-length"]);
  const [input] = JSON.parse(body.subarray(0, length)).inputs;
  const bytes = body.subarray(length);
  assert.deepEqual([input.name, input.datatype, input.shape], ["features", "FP32", [1, 8]]);
  assert.deepEqual([input.parameters.binary_data_size, bytes], [bytes.length, floats(ASKED, "writeFloatLE")]);
});

test("a server that isn't there is passed over", { skip }, async () => {
  const { status, answer } = await ask({
    WORKER_MODELS: "onnx",
    WORKER_URL: NOBODY,
    WORKER_URL_FALLBACK: server.url,
  });
  assert.equal(status, 200, JSON.stringify(answer));
  assert.equal(answer.output, hex(ANSWERED));
});

test("where no server is, the answer says why", { skip }, async () => {
  const { status, answer } = await ask({ WORKER_MODELS: modelId, WORKER_URL: NOBODY });
  assert.deepEqual([status, answer.type], [503, "urn:verdigris:problem:function-failed"], JSON.stringify(answer));
  assert.match(answer.detail, /^worker answered 503: connection failed/);
  assert.ok(!answer.detail.includes(NOBODY), answer.detail);
});

test("a server isn't asked about a model that isn't listed", { skip }, async () => {
  const { status, answer, asked } = await ask({ WORKER_MODELS: `0x${"01".repeat(32)}`, WORKER_URL: server.url });
  assert.equal(status, 422, JSON.stringify(answer));
  assert.match(answer.detail, /models_url/);
  assert.deepEqual(asked, []);
});

test("a server's calls are checked by the Worker that has its secret", async () => {
  const worker = await start({ settings: { WORKER_SECRET: `whsec_${SECRET}` } });
  const call = async (id, signature) => {
    const [timestamp, body] = [String(Math.floor(Date.now() / 1000)), '{"status":"succeeded"}'];
    const right = createHmac("sha256", Buffer.from(SECRET, "base64")).update(`${id}.${timestamp}.${body}`);
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature ?? `v1,${right.digest("base64")}`,
    };
    const response = await fetch(`${worker.url}/webhooks/worker`, { method: "POST", headers, body });
    return response.status;
  };
  try {
    assert.equal(await call("infer-of-nobody"), 200);
    assert.equal(await call("infer-of-nobody", `v1,${SECRET}`), 401);
  } finally {
    await worker.miniflare.dispose();
  }
});
