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
import { ART, CHAIN_ID, HUB, REGISTRY, RENDERER } from "./mock-token.mjs";
import "./typescript.mjs";

const { executorAbi, inferenceHubAbi, modelRegistryAbi, rendererAbi, seedArtAbi } = await import(
  "../sdk/src/generated/abi.ts"
);
const { formatCid } = await import("../sdk/src/files/cid.ts");

const ABIS = {
  [HUB]: inferenceHubAbi,
  [REGISTRY]: modelRegistryAbi,
  [RENDERER]: rendererAbi,
  [ART]: [...seedArtAbi, ...erc721Abi],
};
const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};
const START = Date.now();
/** The account that pays, and the one transaction that it sends. */
export const ACCOUNT = "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720";
const SENT = `0x${"5e".repeat(32)}`;
const PENDING = {
  ...{ hash: SENT, from: ACCOUNT, to: ART, nonce: "0x0", value: "0x0", input: "0x", gas: "0x1", gasPrice: "0x1" },
  ...{ type: "0x0", blockHash: null, blockNumber: null, transactionIndex: null, v: "0x1b", r: "0x1", s: "0x1" },
};
/** Of ERC-721, for a number that no token has. */
const NO_TOKEN = { type: "error", name: "TokenDoesNotExist", inputs: [] };
const ERRORS = [NO_TOKEN, ...inferenceHubAbi, ...executorAbi, ...seedArtAbi].filter(({ type }) => type === "error");
/** The collection's event when a picture is answered. */
const [FULFILLED] = encodeEventTopics({ abi: seedArtAbi, eventName: "PictureFulfilled" });

/**
 * Starts everything on free ports of 127.0.0.1. `tokens` may be changed while it runs; `tokens.onSend(transaction)` says
 * what a transaction does, and may throw.
 */
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

/** What a host that reads `_headers` sends with what lies below a path. */
function headersBelow(path) {
  const blocks = readFileSync(join(DIST, "_headers"), "utf8").split("\n\n");
  const lines = blocks
    .find((block) => block.startsWith(`${path}*\n`))
    .trim()
    .split("\n")
    .slice(1);
  return lines.map((line) => line.trim().split(": "));
}

function servePage(config, request, response) {
  for (const path of ["/", "/assets/"]) {
    if (request.url.startsWith(path)) for (const header of headersBelow(path)) response.appendHeader(...header);
  }
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
  if (folder === "rpc") {
    const asked = JSON.parse(await bodyOf(request));
    const answer = (question) => answerRpc(tokens, question);
    return response.end(JSON.stringify(Array.isArray(asked) ? asked.map(answer) : answer(asked)));
  }
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
  /** Two unlocked accounts, of which a page takes the last. */
  eth_accounts: () => [HUB, ACCOUNT],
  eth_sendTransaction(tokens, transaction) {
    tokens.onSend?.(transaction);
    return SENT;
  },
  /** Two blocks a second: who waits for one looks again with each. */
  eth_blockNumber: () => toHex(32 + Math.floor((Date.now() - START) / 500)),
  eth_getTransactionByHash: (_, hash) => (hash === SENT ? PENDING : null),
  eth_getTransactionReceipt: (tokens, hash) => (hash === SENT && !tokens.isMining ? receiptOf(tokens) : null),
  eth_getBlockByNumber: () => ({ number: "0x20", timestamp: toHex(Math.floor(Date.now() / 1000)), transactions: [] }),
  /** Two kinds of events are asked for: bonded answers, and pictures that were answered. */
  eth_getLogs: (tokens, { topics: [topic, ...indexed] }) =>
    topic === FULFILLED
      ? everyEpoch(tokens)
          .filter(({ token }) => token.stage === 2 && token.requestId === indexed[1])
          .map(pictureLogOf)
      : tokens.filter(({ token, proposal }) => proposal && token.requestId === indexed[0]).map(proposalLogOf),
};

/** Of the transaction that minted the last token. */
function receiptOf(tokens) {
  const { tokenId, token } = tokens.at(-1);
  const minted = { eventName: "SeedRequested", args: { tokenId }, values: [token.drawBlock] };
  const place = { blockNumber: "0x1f", blockHash: SENT, transactionHash: SENT, transactionIndex: "0x0" };
  const gas = { cumulativeGasUsed: "0x1", gasUsed: "0x1", effectiveGasPrice: "0x1", logsBloom: "0x00" };
  const logs = [{ ...logOf(ART, seedArtAbi, minted), ...place }];
  return { ...place, ...gas, status: "0x1", type: "0x2", from: ACCOUNT, to: ART, logs };
}

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
