// Reads where a token is now: what the collection says of it, and where its request stands at the hub.
import type { Address, Client } from "viem";
import { readStanding, type Standing, Status, standingKey } from "../inference/standing.ts";
import { readToken, Stage, type Token, type TokenParameters } from "./token.ts";

/** Where a token is. */
export interface State {
  token: Token;
  /** Where its request stands; none until the seed is drawn. */
  standing: Standing | undefined;
}

/** Where a token is now. */
export async function readState(
  client: Client,
  { address, tokenId, hub }: TokenParameters & { hub: Address },
): Promise<State> {
  const token = await readToken(client, { address, tokenId });
  if (token.stage === Stage.Minted) return { token, standing: undefined };
  const standing = await readStanding(client, { hub, requestId: token.requestId });
  const isAhead = token.stage === Stage.Drawn && standing.status === Status.Answered;
  // Answered between the two reads: ask again, so that token and standing are of one time.
  return { token: isAhead ? await readToken(client, { address, tokenId }) : token, standing };
}

/** What tells one state from another; also the seed's block and the request, of which a token may be given new ones. */
export function stateKey({ token, standing }: State): string {
  return [token.stage, token.drawBlock, token.requestId, standingKey(standing)].join();
}
