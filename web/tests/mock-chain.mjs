// What the mock's contracts answer, from tokens made by mock-token.mjs; the chain's own drawings come from the wasm
// renderer, which the real contracts are tested to equal.
import { gzipSync } from "node:zlib";
import { bytesToHex, keccak256, zeroAddress, zeroHash } from "viem";
import { ART, HUB, REGISTRY, RENDERER } from "./mock-token.mjs";
import { encodePng } from "./png.mjs";
import { paint, wasm, withoutAlpha } from "./renderer.mjs";

const THUMBNAIL = 32;
const STATUS = ["Unknown", "Open", "Answered", "Expired", "Proposed", "Refuted"];
const LEVELS = ["Attested", "Quorum", "Optimistic", "Proven", "Executed"];
const [FULFILLED, REFUTED] = [2, 5];
const PLACEHOLDER = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#b87350"/></svg>`;
/** What a mint costs, in wei. */
export const PRICE = 10n ** 16n;
/** What the levels cost in wei; the others can't be reached. */
export const FEES = { Quorum: 2n * 10n ** 16n, Optimistic: 5n * 10n ** 15n };
/** Seconds in which a bonded answer can be challenged. */
export const WINDOW = 3600n;

/** The head of pages of their own that draw with a module. */
export const packedHead = (module) => `<script>run("${gzipSync(module).toString("base64")}");draw(`;

/** The renderer that the collection keeps. */
export const keptRenderer = { wasmHash: keccak256(wasm), head: packedHead(wasm) };

/** What a contract refuses with: one of its errors. */
export class Revert extends Error {
  constructor(errorName, args = []) {
    super(errorName);
    this.args = args;
  }
}

const byId = (tokens, id) => tokens.find(({ tokenId }) => tokenId === id) ?? refuse("TokenDoesNotExist");
const byRequest = (tokens, id) =>
  everyEpoch(tokens).find(({ token }) => token.requestId === id) ?? refuse("UnknownRequest", [id]);

/** Tokens as they are, and as they were. */
export function everyEpoch(tokens) {
  return tokens.flatMap((token) => [...(token.past ?? []), token]);
}

/** A token as it was at an epoch. */
function atEpoch(tokens, id, epoch) {
  return everyEpoch([byId(tokens, id)])[epoch] ?? refuse("EpochNotReached", [id, epoch]);
}

function refuse(errorName, args) {
  throw new Revert(errorName, args);
}

/** The contracts' functions: each gets the tokens and its arguments. */
export const READS = {
  name: () => "Verdigris",
  hub: () => HUB,
  registry: () => REGISTRY,
  assurance: (tokens) => tokens[0]?.assurance ?? 2,
  renderer: () => RENDERER,
  wasmHash: () => keptRenderer.wasmHash,
  head: () => keptRenderer.head,
  totalSupply: (tokens) => BigInt(tokens.length),
  price: () => PRICE,
  raise: () => undefined,
  mint: (tokens) => (tokens.isSoldOut ? refuse("SoldOut", [7n]) : BigInt(tokens.length + 1)),
  blueprint: (tokens, id) => byId(tokens, id).blueprint,
  seedOf: (tokens, id) => [byId(tokens, id).blueprint.seed, byId(tokens, id).blueprint.traits],
  tokenOf: (tokens, id) => tellToken(byId(tokens, id).token),
  traitsAt: (tokens, id, epoch) => atEpoch(tokens, id, epoch).blueprint.traits,
  requestOfEpoch: (tokens, id, epoch) => atEpoch(tokens, id, epoch).token.requestId,
  ownerOf: (tokens, id) => byId(tokens, id).owner,
  metadataOf: (tokens, id) => JSON.stringify(metadataOf(byId(tokens, id), READS.assurance(tokens))),
  tokenURI: (tokens, id) => tokenUri(byId(tokens, id), READS.assurance(tokens)),
  pixel: (tokens, id, x, y, size) => {
    const rgb = drawn(byId(tokens, id), size);
    return bytesToHex(rgb.subarray((y * size + x) * 3, (y * size + x) * 3 + 3));
  },
  rows: (tokens, id, from, to, size) =>
    bytesToHex(drawn(byId(tokens, id), size).subarray(from * size * 3, to * size * 3)),
  modelOf: (tokens) => [tokens[0].model, []],
  requestOf: (tokens, id) => [byRequest(tokens, id).request, byRequest(tokens, id).status],
  levelOf: (tokens, id) => {
    const { held, status } = byRequest(tokens, id);
    return held === undefined || status === REFUTED ? refuse("UnknownRequest", [id]) : held;
  },
  proposalOf: (tokens, id) => byRequest(tokens, id).proposal ?? NO_PROPOSAL,
  optimisticOf: () => ({ bond: 10n ** 17n, window: WINDOW }),
  quote: (_tokens, modelId, _input, level) => {
    const fee = FEES[LEVELS[level]];
    if (fee === undefined) refuse("UnreachableLevel", [modelId, level]);
    return { fee, bond: LEVELS[level] === "Optimistic" ? 10n ** 17n : 0n, settleGas: 0n };
  },
  receiptOf: (tokens, id) => {
    const { receipt, signature } = byRequest(tokens, id);
    return [receipt, signature, true];
  },
};

const NO_PROPOSAL = { proposer: zeroAddress, bond: 0n, finalAfter: 0n, outputHash: zeroHash };

/** Until a picture is fulfilled the collection knows nothing of it. */
function tellToken(token) {
  if (token.stage === FULFILLED) return token;
  const requestId = token.stage === 0 ? zeroHash : token.requestId;
  return { ...token, requestId, pixelRoot: zeroHash, imageCid: "0x", metadataCid: "0x" };
}

/** A token's picture at a size, three bytes a pixel, as the executor draws it. */
function drawn({ blueprint, certified, forged }, size) {
  if (!certified) refuse("NotCertified", [blueprint.modelId]);
  const rgb = Uint8Array.from(withoutAlpha(paint({ ...blueprint, size })));
  return forged?.(rgb, size) ?? rgb;
}

function metadataOf({ title, token, document, status, held }, assurance) {
  if (token.stage === 0) return { name: title, image: svg(), attributes: [] };
  const stands = token.stage === FULFILLED && status === 2;
  const asked = { status: STATUS[status], requestedLevel: LEVELS[assurance] };
  const pinned = JSON.parse(document);
  const verdigris = { ...pinned.verdigris, ...asked, contract: ART, ...(stands ? { level: LEVELS[held] } : {}) };
  return { name: title, image: stands ? pinned.image : svg(), attributes: [], verdigris };
}

function tokenUri(told, assurance) {
  const metadata = metadataOf(told, assurance);
  if (told.token.stage > 0 && told.certified) {
    const png = encodePng({ width: THUMBNAIL, height: THUMBNAIL, rgb: drawn(told, THUMBNAIL) });
    metadata.image = `data:image/png;base64,${png.toString("base64")}`;
  }
  return `data:application/json;base64,${Buffer.from(JSON.stringify(metadata)).toString("base64")}`;
}

function svg() {
  return `data:image/svg+xml;base64,${Buffer.from(PLACEHOLDER).toString("base64")}`;
}
