// A chain endpoint, a gateway and the page's own server, in one process, with tokens made by mock-token.mjs.
//
// The end-to-end tests run the page against the real ones. This stands in where a test must put something wrong.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeFunctionData, encodeErrorResult, encodeFunctionResult, erc721Abi } from "viem";
import { ART, CHAIN_ID, HUB, REGISTRY } from "./mock-token.mjs";
import "./typescript.mjs";

const { inferenceHubAbi, modelRegistryAbi, seedArtAbi } = await import("../src/generated/abi.ts");
const { formatCid } = await import("../src/cid.ts");

const ABIS = { [HUB]: inferenceHubAbi, [REGISTRY]: modelRegistryAbi, [ART]: [...seedArtAbi, ...erc721Abi] };
const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};
const PLACEHOLDER = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#b87350"/></svg>`;

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

function answerRpc(tokens, { id, method, params }) {
  if (method === "eth_chainId") return { jsonrpc: "2.0", id, result: `0x${CHAIN_ID.toString(16)}` };
  const [{ to, data }] = params;
  const abi = Object.entries(ABIS).find(([address]) => address.toLowerCase() === to.toLowerCase())?.[1];
  if (method !== "eth_call" || !abi)
    return { jsonrpc: "2.0", id, error: { code: -32601, message: `no ${method} of ${to}` } };
  const { functionName, args } = decodeFunctionData({ abi, data });
  const result = READS[functionName](tokens, args?.[0]);
  if (result === undefined) {
    const revert = encodeErrorResult({
      abi: inferenceHubAbi,
      errorName: "UnknownRequest",
      args: [data.slice(0, 66).padEnd(66, "0")],
    });
    return { jsonrpc: "2.0", id, error: { code: 3, message: "execution reverted", data: revert } };
  }
  return { jsonrpc: "2.0", id, result: encodeFunctionResult({ abi, functionName, result }) };
}

const byId = (tokens, id) => tokens.find(({ tokenId }) => tokenId === id);
const byRequest = (tokens, id) => tokens.find(({ token }) => token.requestId === id);

const READS = {
  name: () => "Verdigris",
  hub: () => HUB,
  totalSupply: (tokens) => BigInt(tokens.length),
  blueprint: (tokens, id) => byId(tokens, id)?.blueprint,
  tokenOf: (tokens, id) => byId(tokens, id)?.token,
  ownerOf: (tokens, id) => byId(tokens, id)?.owner,
  tokenURI: (tokens, id) => tokenUri(byId(tokens, id)),
  modelOf: (tokens) => [tokens[0].model, []],
  requestOf: (tokens, id) => [byRequest(tokens, id).request, 2],
  receiptOf: (tokens, id) => {
    const { receipt, signature } = byRequest(tokens, id);
    return [receipt, signature, true];
  },
};

function tokenUri({ title, token, document }) {
  if (token.stage === 2) return `data:application/json;base64,${document.toString("base64")}`;
  const image = `data:image/svg+xml;base64,${Buffer.from(PLACEHOLDER).toString("base64")}`;
  const metadata = { name: title, description: "", image, attributes: [] };
  return `data:application/json;base64,${Buffer.from(JSON.stringify(metadata)).toString("base64")}`;
}
