// Gathers what the checks look at: the registry's word, the pictures drawn here and in the contract, the receipt, the
// pinned files.
import type { Address, Client } from "viem";
import { rawLeafCid } from "../files/cid.ts";
import { fetchPinned, gatewayUrl } from "../files/gateway.ts";
import { readAnswer, readModel } from "../inference/answer.ts";
import type { Level } from "../inference/level.ts";
import { decodePictureOutput, type PictureOutput } from "../inference/picture.ts";
import type { ProposedAnswer } from "../inference/proposed.ts";
import type { Standing } from "../inference/standing.ts";
import { once } from "../once.ts";
import { readWasm } from "../render/wasm.ts";
import { phaseOf } from "../token/phase.ts";
import { readRenderer } from "../token/renderer.ts";
import { readState, stateKey } from "../token/state.ts";
import { type Blueprint, readMetadata, readSeed, type Token, type TokenParameters } from "../token/token.ts";
import type { Drawings, Evidence } from "./check.ts";

/** A PNG of the largest picture, 4096 × 4096, stays below this even where nothing compresses. */
const MAX_IMAGE_BYTES = 64 * 2 ** 20;
/** docs/protocol.md: so that its CID is a raw leaf. */
const MAX_DOCUMENT_BYTES = 256 * 2 ** 10;

/** Where evidence is looked for. */
export interface Sources {
  chainId: number;
  /** The InferenceHub that the collection asks. */
  hub: Address;
  /** The hub's ModelRegistry. */
  registry: Address;
  /** Base address of an IPFS gateway, without `/ipfs`. */
  gateway: string;
}

/** What is known of a token. */
export interface Known extends TokenParameters {
  /** The level that the collection asks for. */
  assurance: Level;
  blueprint: Blueprint;
  token: Token;
  /** Where its request stands; none until the seed is drawn. */
  standing: Standing | undefined;
  /** The bonded answer, if there is one and the chain's endpoint gives it. */
  bonded: ProposedAnswer | undefined;
  drawings: Drawings;
}

/** The evidence on one token as it is now. */
export function gatherEvidence(client: Client, known: Known, { chainId, hub, registry, gateway }: Sources): Evidence {
  const { address, tokenId, assurance, blueprint, standing, bonded, drawings } = known;
  const token = bonded ? tokenAsClaimed(known.token, bonded) : known.token;
  const request = { hub, requestId: token.requestId };
  const pinned = (cid: Token["imageCid"], what: string, limit: number) =>
    once(() => fetchPinned(gatewayUrl(gateway, cid), { what, limit }));
  const phase = phaseOf(known.token, standing);
  return {
    ...drawings,
    ...{ chainId, hub, blueprint, token, phase, assurance, standing },
    answered: phase === "fulfilled" || bonded !== undefined,
    isStale: () => hasChanged(client, { ...known, hub }),
    model: once(() => readModel(client, { registry, modelId: blueprint.modelId })),
    answer: once(async () =>
      bonded && standing
        ? { request: standing.request, receipt: bonded.receipt, signature: "0x" }
        : readAnswer(client, request),
    ),
    image: pinned(token.imageCid, "picture", MAX_IMAGE_BYTES),
    document: pinned(token.metadataCid, "metadata document", MAX_DOCUMENT_BYTES),
    metadata: () => readMetadata(client, { address, tokenId }),
    renderer: once(() => readRenderer(client, { address })),
    wasm: once(readWasm),
  };
}

/** Whether a token is no longer what was read of it. */
async function hasChanged(client: Client, { blueprint, token, standing, ...place }: Known & { hub: Address }) {
  const [state, { seed, traits }] = await Promise.all([readState(client, place), readSeed(client, place)]);
  const isSame = stateKey(state) === stateKey({ token, standing });
  return !isSame || seed !== blueprint.seed || traits !== blueprint.traits;
}

/** The token as it will be if the bonded answer becomes final. */
function tokenAsClaimed(token: Token, { receipt, output }: ProposedAnswer): Token {
  const { pixelRoot, imageCid } = claimed(output);
  return { ...token, pixelRoot, imageCid, metadataCid: rawLeafCid(receipt.contentHash) };
}

/** What a bonded answer says of the picture: nothing, if it can't be read, which is a wrong answer, too. */
function claimed(output: ProposedAnswer["output"]): PictureOutput {
  try {
    return decodePictureOutput(output);
  } catch {
    return { pixelRoot: "0x", imageCid: "0x" };
  }
}
