// A token's whole life with every kind of service at once: what the chain names is held by each of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mint, provide, rpc, startChain } from "../../functions/edge/tests/chain.mjs";
import { startHost } from "../../functions/edge/tests/host.mjs";
import { startArweave, startBundler } from "./arweave.mjs";
import { load } from "./installed.mjs";
import { startIpfs } from "./ipfs.mjs";
import { startPinningService } from "./pinning-service.mjs";

const { CID } = await load("multiformats/src/cid.js");

/** `PictureFulfilled(uint256 indexed tokenId, bytes32 indexed requestId, bytes32 pixelRoot, bytes imageCid)` */
const FULFILLED = "0xea54f3a1a3b7ee481f894ef405d10aaad3b7e17eb929ca1a50597578f49020b8";
const TOKEN = "token_of_the_service";

const started = [];
const start = async (starting) => {
  const peer = await starting;
  started.unshift(peer);
  return peer;
};

let chain;
let node;
let service;
let gateway;
let functions;

before(async () => {
  chain = await start(startChain());
  node = await start(startIpfs());
  gateway = await start(startArweave());
  const bundler = await start(startBundler(gateway));
  service = await start(startPinningService(TOKEN, node.cat));
  const { hub, art, url, chainId, startBlock } = chain;
  const served = { HUB: hub, CONSUMERS: art, RPC_URL: url, CHAIN_ID: String(chainId), START_BLOCK: String(startBlock) };
  const kubo = { KUBO_URL: node.url };
  const psa = { PSA_URL: service.url, PSA_TOKEN: TOKEN };
  const arweave = { ARWEAVE_URL: bundler.url, ARWEAVE_KEY: `0x${"07".repeat(32)}` };
  const all = { PINNERS: "embedded,kubo,psa,arweave", ...kubo, ...psa, ...arweave };
  functions = await start(startHost({ ...served, ...all }));
});

after(async () => {
  for (const peer of started) await peer.stop();
});

/** The CID of a token's picture, as the chain has it once it is answered. */
async function pictureOnChain() {
  const filter = { address: chain.art, topics: [FULFILLED], fromBlock: "0x0", toBlock: "latest" };
  for (let tries = 0; tries < 300; tries++) {
    const [log] = await rpc(chain.url, "eth_getLogs", [filter]);
    // The pixel root, the place of the bytes, their number, the bytes.
    if (log) return CID.decode(Buffer.from(log.data.slice(2 + 3 * 64, 2 + 3 * 64 + 72), "hex")).toString();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error("no picture came");
}

test("the picture that the chain names is held by every service, the same bytes", async () => {
  const provider = provide(chain, functions.url);
  try {
    await mint(chain, 1);
    const cid = await pictureOnChain();
    const response = await fetch(`${functions.url}/ipfs/${cid}`);
    const picture = Buffer.from(await response.arrayBuffer());
    assert.equal(response.headers.get("content-type"), "image/png");
    assert.ok((await node.cat(cid)).equals(picture), "js-ipfs");
    assert.ok(service.held.get(cid).equals(picture), "the pinning service");
    const [id] = await gateway.idsByTag("IPFS-CID", cid, 1);
    assert.ok((await gateway.read(id)).content.equals(picture), "Arweave");
  } finally {
    await provider.stop();
  }
});
