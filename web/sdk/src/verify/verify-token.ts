// Verifies one token from nothing but the collection's address, a node and a gateway.
import type { Address, Client, Hex } from "viem";
import { getChainId } from "viem/actions";
import { Failure } from "../failure.ts";
import { readRegistry } from "../inference/answer.ts";
import { readProposedAnswer } from "../inference/proposed.ts";
import { once } from "../once.ts";
import { drawingOf } from "../render/drawing.ts";
import type { Painter } from "../render/painter.ts";
import { createPainter } from "../render/render.ts";
import { readCollection } from "../token/collection.ts";
import { readPixel, readThumbnail, readTokenUri, THUMBNAIL } from "../token/drawing.ts";
import { phaseOf } from "../token/phase.ts";
import { readState, type State } from "../token/state.ts";
import { type Blueprint, readBlueprint, type TokenParameters } from "../token/token.ts";
import type { Check, Drawings, Evidence, Outcome } from "./check.ts";
import { gatherEvidence } from "./evidence.ts";
import { CHECKS, isMet, runChecks, type Verdict, verdictOf } from "./verify.ts";

/** Which token is verified, and how. */
export interface VerifyTokenParameters extends TokenParameters {
  /** Base address of an IPFS gateway, without `/ipfs`; nothing that it sends is believed. */
  gateway: string;
  /** The InferenceHub that the collection must ask; any, unless it is given. */
  hub?: Address;
  /** Draws; in this thread, unless another is given. */
  painter?: Painter;
  /** Called as each check turns out. */
  onCheck?: (check: Check, outcome: Outcome) => void;
}

/** What came of verifying a token. */
export interface Verification {
  verdict: Verdict;
  /** How each check turned out, by its id; checks that wait for an answer are not among them. */
  checks: Record<string, Outcome>;
  state: State;
  blueprint: Blueprint;
}

/** So many times what is left open is looked at anew, because the token has changed meanwhile. */
const RETRIES = 3;

/** Draws a token again, fetches what is pinned, asks the contract for its own drawing, and compares everything. */
export async function verifyToken(client: Client, parameters: VerifyTokenParameters): Promise<Verification> {
  for (let left = RETRIES; ; left -= 1) {
    const { evidence, ...verification } = await verifyOnce(client, parameters);
    if (verification.verdict !== "pending" || left === 0) return verification;
    if (!(await evidence.isStale().catch(() => false))) return verification;
  }
}

async function verifyOnce(client: Client, parameters: VerifyTokenParameters) {
  const { address, tokenId, gateway, painter = createPainter(), onCheck } = parameters;
  const collection = await readCollection(client, { address });
  const { hub, assurance } = collection;
  if (parameters.hub && parameters.hub.toLowerCase() !== hub.toLowerCase()) {
    throw new Failure(`The collection asks the hub ${hub}, not ${parameters.hub}.`);
  }
  const [state, blueprint, registry, chainId] = await Promise.all([
    readState(client, { address, tokenId, hub }),
    readBlueprint(client, { address, tokenId }),
    readRegistry(client, { hub }),
    getChainId(client),
  ]);
  const drawings = createDrawings(client, { address, tokenId, blueprint, painter });
  const bonded = await findProposed(client, hub, state);
  const known = { address, tokenId, assurance, blueprint, ...state, bonded, drawings };
  const evidence = gatherEvidence(client, known, { chainId, hub, registry, gateway });
  const checks = await runAll(evidence, onCheck);
  const verdict = verdictOf(CHECKS.map(({ id }) => checks[id] ?? WAITING));
  return { verdict, checks, state, blueprint, evidence };
}

const WAITING: Outcome = { status: "pending", says: "Waits for an answer." };

async function runAll(evidence: Evidence, onCheck: VerifyTokenParameters["onCheck"]): Promise<Record<string, Outcome>> {
  const checks: Record<string, Outcome> = {};
  const report = (check: Check, outcome: Outcome) => {
    checks[check.id] = outcome;
    onCheck?.(check, outcome);
  };
  await runChecks(
    CHECKS.filter(({ needs }) => isMet(needs, evidence)),
    evidence,
    report,
  );
  return checks;
}

/** The bonded answer, where there is one and the endpoint gives it. */
export async function findProposed(client: Client, hub: Hex, { token, standing }: State) {
  if (phaseOf(token, standing) !== "bonded" || !standing?.proposal) return undefined;
  // The request was made after the seed's block, and the answer after the request.
  const place = { hub, requestId: token.requestId, proposal: standing.proposal, fromBlock: token.drawBlock };
  return readProposedAnswer(client, place).catch(() => undefined);
}

/** One token's picture, drawn each way once: here, large and small, and by the contract. */
export function createDrawings(
  client: Client,
  { painter, blueprint, ...token }: TokenParameters & { blueprint: Blueprint; painter: Painter },
): Drawings {
  const paint = (size: number) => once(async () => painter.paint(drawingOf(blueprint), { size, proof: true }));
  return {
    painted: paint(blueprint.size),
    thumbnail: paint(THUMBNAIL),
    chainPixel: (place) => readPixel(client, { ...token, ...place, size: blueprint.size }),
    chainThumbnail: once(() => readThumbnail(client, token)),
    tokenUri: once(() => readTokenUri(client, token)),
  };
}
