// A chain endpoint, a gateway and the page's own server, in one process, with tokens made by mock-token.mjs.
//
// The end-to-end tests run the page against the real ones. This stands in where a test must put something wrong.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  decodeFunctionData,
  encodeAbiParameters,
  encodeErrorResult,
  encodeEventTopics,
  encodeFunctionResult,
  erc721Abi,
  toHex,
} from "viem";
import { everyEpoch, READS, Revert } from "./mock-chain.mjs";
import { ART, CHAIN_ID, HUB, REGISTRY } from "./mock-token.mjs";
import "./typescript.mjs";

const { executorAbi, inferenceHubAbi, modelRegistryAbi, seedArtAbi } = await import("../sdk/src/generated/abi.ts");
const { formatCid } = await import("../sdk/src/files/cid.ts");

const ABIS = { [HUB]: inferenceHubAbi, [REGISTRY]: modelRegistryAbi, [ART]: [...seedArtAbi, ...erc721Abi] };
const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};
/** Of ERC-721, for a number that no token has. */
const NO_TOKEN = { type: "error", name: "TokenDoesNotExist", inputs: [] };
const ERRORS = [NO_TOKEN, ...inferenceHubAbi, ...executorAbi, ...seedArtAbi].filter(({ type }) => type === "error");
/** The collection's event when a picture is answered. */
const [FULFILLED] = encodeEventTopics({ abi: seedArtAbi, eventName: "PictureFulfilled" });

/** Starts everything on free ports of 127.0.0.1. `tokens` may be changed while it runs. */
export async function startMockStack(tokens) {
  const outside = await listen((request, response) => answerOutside(tokens, request, response));
  const config = {
    ...{ chainId: CHAIN_ID, hub: HUB, registry: REGISTRY, art: ART },
    ...{ rpcUrl: `${outside.address}/rpc`, gateway: outside.address },
  };
  const page = await listen((request, response) => servePage(config, request, response));
  return { page: `${page.address}/`, config, close: () => [page, outside].map(({ server }) => server.close()) };
}

async function listen(handler) {
  const server = createServer((request, response) => {
    Promise.resolve(handler(request, response)).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, address: `http://127.0.0.1:${server.address().port}` };
}

function servePage(config, request, response) {
  const { pathname } = new URL(request.url, "http://page");
  if (pathname === "/config.json")
    return response.setHeader("content-type", "application/json").end(JSON.stringify(config));
  const name = pathname === "/" ? "/index.html" : pathname;
  const file = readFileSync(join(DIST, name));
  return response.setHeader("content-type", TYPES[extname(name)] ?? "application/octet-stream").end(file);
}

async function answerOutside(tokens, request, response) {
  response.setHeader("access-control-allow-origin", "*").setHeader("access-control-allow-headers", "*");
  if (request.method === "OPTIONS") return response.end();
  const [, folder, cid] = request.url.split("/");
  if (folder === "rpc") return response.end(JSON.stringify(answerRpc(tokens, JSON.parse(await bodyOf(request)))));
  const files = tokens.flatMap(({ token, image, document }) => [
    [token.imageCid, image],
    [token.metadataCid, document],
  ]);
  const found = files.find(([name]) => formatCid(name) === cid);
  return found ? response.end(found[1]) : response.writeHead(404).end();
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function answerRpc(tokens, { id, method, params = [] }) {
  try {
    return { jsonrpc: "2.0", id, result: METHODS[method](tokens, ...params) };
  } catch (error) {
    if (!(error instanceof Revert)) return { jsonrpc: "2.0", id, error: { code: -32603, message: String(error) } };
    const data = encodeErrorResult({ abi: ERRORS, errorName: error.message, args: error.args });
    return { jsonrpc: "2.0", id, error: { code: 3, message: "execution reverted", data } };
  }
}

const METHODS = {
  eth_chainId: () => toHex(CHAIN_ID),
  eth_call(tokens, { to, data }) {
    const [, abi] = Object.entries(ABIS).find(([address]) => address.toLowerCase() === to.toLowerCase());
    const { functionName, args = [] } = decodeFunctionData({ abi, data });
    return encodeFunctionResult({ abi, functionName, result: READS[functionName](tokens, ...args) });
  },
  eth_getBlockByNumber: () => ({ number: "0x20", timestamp: toHex(Math.floor(Date.now() / 1000)), transactions: [] }),
  /** Two kinds of events are asked for: bonded answers, and pictures that were answered. */
  eth_getLogs: (tokens, { topics: [topic, ...indexed] }) =>
    topic === FULFILLED
      ? everyEpoch(tokens)
          .filter(({ token }) => token.stage === 2 && token.requestId === indexed[1])
          .map(pictureLogOf)
      : tokens.filter(({ token, proposal }) => proposal && token.requestId === indexed[0]).map(proposalLogOf),
};

function proposalLogOf({ token, proposal, receipt, output }) {
  const { proposer, finalAfter } = proposal;
  const args = { requestId: token.requestId, proposer };
  return logOf(HUB, inferenceHubAbi, { eventName: "AnswerProposed", args, values: [receipt, output, finalAfter] });
}

function pictureLogOf({ tokenId, token: { requestId, pixelRoot, imageCid } }) {
  const args = { tokenId, requestId };
  return logOf(ART, seedArtAbi, { eventName: "PictureFulfilled", args, values: [pixelRoot, imageCid] });
}

/** An event as nodes tell of it: `args` are what it is found by, `values` the rest. */
function logOf(address, abi, { eventName, args, values }) {
  const event = abi.find(({ name }) => name === eventName);
  const open = event.inputs.filter(({ indexed }) => !indexed);
  return {
    address,
    topics: encodeEventTopics({ abi, eventName, args }),
    data: encodeAbiParameters(open, values),
    ...{ blockNumber: "0x10", blockHash: args.requestId, logIndex: "0x0" },
    ...{ transactionHash: args.requestId, transactionIndex: "0x0", removed: false },
  };
}
