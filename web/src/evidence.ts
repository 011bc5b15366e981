// Gathers what the checks look at: the registry's word, the pictures drawn here and in the contract, the receipt, the
// pinned files.
import { readAnswer, readModel } from "./chain/answer.ts";
import type { Bonded } from "./chain/bonded.ts";
import type { Level } from "./chain/level.ts";
import { readStanding, type Standing } from "./chain/standing.ts";
import { type Blueprint, readMetadata, type Token } from "./chain/token.ts";
import { rawLeafCid } from "./cid.ts";
import type { Context } from "./context.ts";
import { fetchPinned, gatewayUrl } from "./gateway.ts";
import { once } from "./once.ts";
import { phaseOf } from "./phase.ts";
import type { Drawings, Evidence } from "./verify/check.ts";

/** A PNG of the largest picture, 4096 × 4096, stays below this even where nothing compresses. */
const MAX_IMAGE_BYTES = 64 * 2 ** 20;
/** docs/protocol.md: so that its CID is a raw leaf. */
const MAX_DOCUMENT_BYTES = 256 * 2 ** 10;

/** What is known of a token. */
export interface Known {
  tokenId: bigint;
  /** The level that the collection asks for. */
  assurance: Level;
  blueprint: Blueprint;
  token: Token;
  /** Where its request stands; none until the seed is drawn. */
  standing: Standing | undefined;
  /** The bonded answer, if there is one and the chain's endpoint gives it. */
  bonded: Bonded | undefined;
  drawings: Drawings;
}

/** The evidence on one token as it is now. */
export function gatherEvidence({ client, config }: Context, known: Known): Evidence {
  const { tokenId, assurance, blueprint, standing, bonded, drawings } = known;
  const token = bonded ? tokenAsClaimed(known.token, bonded) : known.token;
  const pinned = (cid: Token["imageCid"], what: string, limit: number) =>
    once(() => fetchPinned(gatewayUrl(config.gateway, cid), { what, limit }));
  const phase = phaseOf(known.token, standing);
  return {
    ...drawings,
    ...{ chainId: config.chainId, hub: config.hub, blueprint, token, phase, assurance, standing },
    answered: phase === "fulfilled" || bonded !== undefined,
    standingNow: () => readStanding(client, config, token.requestId),
    model: once(() => readModel(client, config, blueprint.modelId)),
    answer: once(async () =>
      bonded && standing
        ? { request: standing.request, receipt: bonded.receipt, signature: "0x" }
        : readAnswer(client, config, token.requestId),
    ),
    image: pinned(token.imageCid, "picture", MAX_IMAGE_BYTES),
    document: pinned(token.metadataCid, "metadata document", MAX_DOCUMENT_BYTES),
    metadata: () => readMetadata(client, config, tokenId),
  };
}

/** The token as it will be if the bonded answer becomes final. */
function tokenAsClaimed(token: Token, { receipt, output }: Bonded): Token {
  const { pixelRoot, imageCid } = output ?? { pixelRoot: "0x", imageCid: "0x" };
  return { ...token, pixelRoot, imageCid, metadataCid: rawLeafCid(receipt.contentHash) };
}
