// Gathers what the checks look at: the registry's word, the picture drawn here, the receipt, the pinned files.
import type { Client } from "viem";
import { readAnswer, readModel } from "./chain/answer.ts";
import type { Blueprint, Token } from "./chain/token.ts";
import type { Config } from "./config.ts";
import { fetchPinned, gatewayUrl } from "./gateway.ts";
import { once } from "./once.ts";
import type { Painted } from "./painter/painter.ts";
import type { Evidence } from "./verify/check.ts";

/** A PNG of the largest picture, 4096 × 4096, stays below this even where nothing compresses. */
const MAX_IMAGE_BYTES = 64 * 2 ** 20;
/** docs/protocol.md: so that its CID is a raw leaf. */
const MAX_DOCUMENT_BYTES = 256 * 2 ** 10;

/** Where evidence comes from. */
export interface Sources {
  client: Client;
  config: Config;
  /** Draws the picture at its attested size, with proof. */
  paint(): Promise<Painted>;
}

/** The evidence on one token as it is now. */
export function gatherEvidence({ client, config, paint }: Sources, blueprint: Blueprint, token: Token): Evidence {
  const pinned = (cid: Token["imageCid"], what: string, limit: number) =>
    once(() => fetchPinned(gatewayUrl(config.gateway, cid), { what, limit }));
  return {
    chainId: config.chainId,
    hub: config.hub,
    blueprint,
    token,
    painted: paint,
    model: once(() => readModel(client, config, blueprint.modelId)),
    answer: once(() => readAnswer(client, config, token.requestId)),
    image: pinned(token.imageCid, "picture", MAX_IMAGE_BYTES),
    document: pinned(token.metadataCid, "metadata document", MAX_DOCUMENT_BYTES),
  };
}
