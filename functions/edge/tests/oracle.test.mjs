// Direct questions and contracts' lookups: the Worker and the Spin components answer with the same bytes, and with the
// signature of the model's key.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { decodeAbiParameters, encodeFunctionData, keccak256, parseAbi, recoverTypedDataAddress } from "viem";
import { isBuilt as hasContracts, startChain } from "./chain.mjs";
import { isBuilt as hasHost, startHost } from "./host.mjs";
import { start } from "./worker.mjs";

const skip = hasContracts && hasHost ? false : "needs `cargo xtask build native components contracts`";
/** Whose key the settings name, and the deployment. */
const ATTESTER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const RESOLVER = `0x${"ab".repeat(20)}`;

const word = (number) => number.toString(16).padStart(64, "0");
// abi.encode(PictureInput(stages, size, seed, traits, title)), the title empty.
const input = `0x${[32, 0x010101, 32, 7, 0, 160, 0].map(word).join("")}`;

let chain;
let worker;
let host;

before(async () => {
  if (skip) return;
  chain = await startChain();
  const { hub, art, url, chainId, startBlock } = chain;
  const served = { HUB: hub, CONSUMERS: art, RPC_URL: url, CHAIN_ID: String(chainId), START_BLOCK: String(startBlock) };
  worker = await start({ settings: served });
  host = await startHost(served);
});

after(async () => {
  await worker?.miniflare.dispose();
  await host?.stop();
  chain?.stop();
});

/** What both answer, which has to be the same. */
async function both(path, body) {
  const answers = [worker.url, host.url].map(async (url) => {
    const response = await fetch(`${url}${path}`, { method: body ? "POST" : "GET", body });
    const bytes = Buffer.from(await response.arrayBuffer()).toString("hex");
    return { status: response.status, type: response.headers.get("content-type"), bytes };
  });
  const [here, there] = await Promise.all(answers);
  assert.deepEqual(here, there);
  return { ...here, body: Buffer.from(here.bytes, "hex") };
}

test("a question is answered with the same bytes in every form", { skip }, async () => {
  const sizes = { json: undefined, abi: 256, hash: 32 };
  for (const [mode, size] of Object.entries(sizes)) {
    const { status, body } = await both("/oracle/infer", JSON.stringify({ modelId: chain.modelId, input, mode }));
    assert.equal(status, 200, body.toString());
    if (size) assert.equal(body.length, size);
  }
});

test("a lookup is answered with the same bytes, by path or posted, and signed by the model's key", {
  skip,
}, async () => {
  const abi = parseAbi(["function infer(bytes32 modelId, bytes input)"]);
  const data = encodeFunctionData({ abi, args: [chain.modelId, input] });
  const { status, type, body } = await both(`/oracle/ccip/${RESOLVER}/${data}.json`);
  assert.deepEqual([status, type], [200, "application/json"], body.toString());
  assert.deepEqual((await both("/oracle/ccip", JSON.stringify({ data, sender: RESOLVER }))).body, body);

  const [output, signature] = decodeAbiParameters([{ type: "bytes" }, { type: "bytes" }], JSON.parse(body).data);
  const { chainId, modelId } = chain;
  const words = ["modelId", "inputHash", "outputHash"].map((name) => ({ name, type: "bytes32" }));
  const signer = await recoverTypedDataAddress({
    domain: { name: "Verdigris Gateway", version: "1", chainId, verifyingContract: RESOLVER },
    types: { GatewayAnswer: words },
    primaryType: "GatewayAnswer",
    message: { modelId, inputHash: keccak256(input), outputHash: keccak256(output) },
    signature,
  });
  assert.equal(signer, ATTESTER);
});
