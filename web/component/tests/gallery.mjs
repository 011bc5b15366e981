// A mock of the chain with a token of each kind, and pages with elements that show them.
import { readFileSync } from "node:fs";
import { bytesToHex, keccak256, zeroHash } from "viem";
import { startMockStack } from "../../tests/mock-stack.mjs";
import { ART, CHAIN_ID, makeToken } from "../../tests/mock-token.mjs";
import { startPages } from "./pages.mjs";

/** Of the attested pictures; what a page shows has as many pixels as the screen. */
const SIZE = 48;

/** The tokens by what they are there for. */
export const TOKENS = {
  honest: 1,
  forged: 2,
  refuted: 3,
  minted: 4,
  drawn: 5,
  evolved: 6,
  bonded: 7,
  swapped: 8,
  fresh: 9,
};

async function makeTokens() {
  const model = bytesToHex(readFileSync(new URL("../../../models/atlas/atlas.vdgn", import.meta.url)));
  const make = (name, more) =>
    makeToken({ tokenId: BigInt(TOKENS[name]), model, size: SIZE, traits: [TOKENS[name], 1, 2, 3], ...more });
  const all = await Promise.all(Object.keys(TOKENS).map((name) => make(name, name === "evolved" && { epoch: 2 })));
  const named = Object.fromEntries(Object.keys(TOKENS).map((name, at) => [name, all[at]]));
  named.forged.token.pixelRoot = keccak256("0x07");
  Object.assign(named.refuted, { status: 5 });
  Object.assign(named.minted.token, { stage: 0, pixelRoot: zeroHash });
  Object.assign(named.minted.blueprint, { seed: zeroHash, traits: zeroHash });
  Object.assign(named.drawn.token, { stage: 1 });
  Object.assign(named.drawn, { status: 1, held: undefined });
  Object.assign(named.bonded.token, { stage: 1 });
  Object.assign(named.bonded, { status: 4, held: undefined });
  named.swapped.blueprint.canonicalHash = keccak256("0x07");
  named.evolved.past = await Promise.all([0, 1].map((epoch) => make("evolved", { epoch })));
  named.evolved.past[1].token.pixelRoot = keccak256("0x07");
  return all;
}

/** Starts chain and pages on free ports of 127.0.0.1. */
export async function startGallery() {
  const tokens = await makeTokens();
  const stack = await startMockStack(tokens);
  const pages = await startPages({ chain: CHAIN_ID, contract: ART, rpc: stack.config.rpcUrl });
  /** The tag of a token of this kind. */
  const tag = (name, more) => pages.tag({ id: name, "token-id": TOKENS[name] ?? 1, ...more });
  const close = () => {
    pages.close();
    stack.close();
  };
  return { ...pages, tokens, rpc: stack.config.rpcUrl, tag, close };
}
