// A contract's lookup off chain (EIP-3668), as other people's libraries do it: viem and ethers read a model's answer as if
// it were on the chain, and believe no gateway without the model's signature.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { encodeFunctionData, isAddressEqual, keccak256 } from "viem";
import { readContract } from "viem/actions";
import { need } from "./installed.mjs";
import { abi, deployResolver, infer, pictureInput, startOracle } from "./oracle.mjs";

const ethers = need("ethers");

let oracle;
let modelId;
const stops = [];

before(async () => {
  oracle = await startOracle();
  modelId = oracle.chain.modelId;
});

after(async () => {
  for (const stop of stops) await stop();
  await oracle?.stop();
});

/** Reads a model's answer by each library. */
const LIBRARIES = {
  viem: (address, id, input) => readContract(oracle.client, { address, abi, functionName: "infer", args: [id, input] }),
  ethers: async (address, id, input) => {
    const provider = new ethers.JsonRpcProvider(oracle.chain.url, undefined, { staticNetwork: true });
    try {
      return await new ethers.Contract(address, abi, provider).infer(id, input, { enableCcipRead: true });
    } finally {
      provider.destroy();
    }
  },
};
const each = (name, check) => {
  for (const [library, read] of Object.entries(LIBRARIES)) test(`${library}: ${name}`, () => check(read));
};

/** A gateway of others, which answers as it is told; gives its URL, and what it was asked. */
async function startGateway(answer) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    asked.push({ method: request.method, path: request.url, body });
    const { status, json } = await answer({ method: request.method, path: request.url, body });
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${server.address().port}` };
}

/** What the functions answer to the query that another gateway was sent. */
async function pass({ path }, change = (path) => path) {
  const response = await fetch(`${oracle.functions}${change(path)}`);
  return { status: response.status, json: await response.json() };
}

const inPath = (url) => `${url}/oracle/ccip/{sender}/{data}.json`;
const posted = (url) => `${url}/oracle/ccip`;

async function right(input) {
  const { status, bytes } = await infer(oracle.functions, { modelId, input });
  assert.equal(status, 200, Buffer.from(bytes).toString());
  return JSON.parse(Buffer.from(bytes)).output;
}

each("an answer is read through the resolver, whichever way the gateway is asked", async (read) => {
  const input = pictureInput(7);
  for (const url of [inPath, posted]) {
    const resolver = await deployResolver(oracle, [url(oracle.functions)]);
    assert.equal(await read(resolver, modelId, input), await right(input));
  }
});

test("both libraries, both ways and at any time, get the same bytes from the gateway", async () => {
  const gateway = await startGateway(({ method, path, body }) => {
    const query = method === "POST" ? JSON.parse(body) : undefined;
    return pass({ path: query ? `/oracle/ccip/${query.sender}/${query.data}` : path });
  });
  const input = pictureInput(8);
  const resolver = await deployResolver(oracle, [posted(gateway.url)]);
  for (const read of Object.values(LIBRARIES)) await read(resolver, modelId, input);
  const senders = gateway.asked.map(({ body }) => JSON.parse(body).sender);
  assert.ok(senders.every((sender) => isAddressEqual(sender, resolver)));
  assert.equal(new Set(senders).size, 2, "viem keeps capital letters, ethers doesn't");

  const data = encodeFunctionData({ abi, functionName: "infer", args: [modelId, input] });
  const answers = new Set();
  for (const sender of [resolver, resolver.toLowerCase()]) {
    for (const body of [undefined, JSON.stringify({ sender, data }), JSON.stringify({ data, sender }, null, 2)]) {
      const url = body ? `${oracle.functions}/oracle/ccip` : `${oracle.functions}/oracle/ccip/${sender}/${data}`;
      const response = await fetch(url, { method: body ? "POST" : "GET", body });
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.equal(response.headers.get("access-control-allow-origin"), "*");
      answers.add(await response.text());
    }
  }
  assert.equal(answers.size, 1);
});

each("a lookup goes on where a gateway is down", async (read) => {
  const input = pictureInput(9);
  const down = await startGateway(() => ({ status: 503, json: { message: "down" } }));
  const resolver = await deployResolver(oracle, [inPath(down.url), inPath(oracle.functions)]);
  assert.equal(await read(resolver, modelId, input), await right(input));
  assert.equal(down.asked.length, 1);
});

test("a lookup goes on to the next gateway where one is down, and stops where it can never be answered", async () => {
  const next = await startGateway(pass);
  const resolver = await deployResolver(oracle, [inPath(oracle.functions), inPath(next.url)]);
  const lookup = LIBRARIES.ethers(resolver, modelId, "0x1234");
  await assert.rejects(lookup, (error) => {
    assert.equal(error.code, "OFFCHAIN_FAULT");
    assert.match(error.message, /abi\.encode\(PictureInput\)/, "the gateway's words reach the reader");
    return true;
  });
  assert.deepEqual(next.asked, [], "ethers asks nobody after a 4xx");
});

const lies = {
  "another input's answer": async ({ path }) => {
    const other = encodeFunctionData({ abi, functionName: "infer", args: [modelId, pictureInput(11)] });
    return pass({ path }, (path) => path.replace(/0x[0-9a-f]+\.json$/, other));
  },
  "an answer for another contract": ({ path }) =>
    pass({ path }, (path) => path.replace(/0x[0-9a-fA-F]{40}/, `0x${"ab".repeat(20)}`)),
  "another output under the right signature": async (query) => {
    const { status, json } = await pass(query);
    const at = 2 + 3 * 64;
    const changed = json.data[at] === "0" ? "1" : "0";
    return { status, json: { data: json.data.slice(0, at) + changed + json.data.slice(at + 1) } };
  },
};
for (const [name, lie] of Object.entries(lies)) {
  each(`${name} is not believed`, async (read) => {
    const gateway = await startGateway(lie);
    const resolver = await deployResolver(oracle, [inPath(gateway.url)]);
    await assert.rejects(read(resolver, modelId, pictureInput(10)), /NotAttester/);
    assert.equal(gateway.asked.length, 1);
  });
}

each("no answer at all is not believed", async (read) => {
  const gateway = await startGateway(() => ({ status: 200, json: { data: "0x" } }));
  const resolver = await deployResolver(oracle, [inPath(gateway.url)]);
  await assert.rejects(read(resolver, modelId, pictureInput(10)));
});

each("nobody is asked about a model that is not registered", async (read) => {
  const gateway = await startGateway(pass);
  const resolver = await deployResolver(oracle, [inPath(gateway.url)]);
  await assert.rejects(read(resolver, keccak256("0x00"), "0x"), /UnknownModel/);
  assert.deepEqual(gateway.asked, []);
});
