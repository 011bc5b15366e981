// Asks for evidence of a higher level for an answer that was accepted.
import type { Account, Address, Hash, Hex } from "viem";
import { getBlock, readContract, waitForTransactionReceipt } from "viem/actions";
import { Failure } from "../failure.ts";
import { inferenceHubAbi } from "../generated/abi.ts";
import { LEVELS, type Level } from "./level.ts";
import { move } from "./move.ts";
import { expireInference } from "./payments.ts";
import type { Sender } from "./request.ts";
import { hasLapsed, type RequestParameters, readStanding } from "./standing.ts";

/** How long evidence is waited for unless the caller says otherwise, in seconds. */
const PATIENCE_S = 3_600n;

/** Which answer is to be raised, and how. */
export interface RaiseInferenceParameters extends RequestParameters {
  /** The level wanted, above the one held. */
  level: Level;
  /** The last second (Unix time) at which evidence is taken; an hour from now unless it is given. */
  deadline?: bigint;
  /** What is escrowed for it, in wei: the level's fee unless it is given. */
  value?: bigint;
  /** Who pays, if the client has no account of its own. */
  account?: Account | Address;
}

/**
 * Pays for evidence of a higher level, which anyone may, and waits until that is in a block; `waitForInference` with that
 * level waits for the evidence. A raise that came to nothing in its time is closed first, in a transaction of its own: its
 * fee goes back to who paid it.
 */
export async function raiseInference(
  client: Sender,
  { hub, requestId, level, ...rest }: RaiseInferenceParameters,
): Promise<Hash> {
  const { timestamp } = await getBlock(client);
  const deadline = rest.deadline ?? timestamp + PATIENCE_S;
  if (hasLapsed(await readStanding(client, { hub, requestId }), timestamp)) {
    const hash = await expireInference(client, { hub, requestId, account: rest.account });
    await waitForTransactionReceipt(client, { hash });
  }
  const value = rest.value ?? (await feeOf(client, { hub, requestId, level }));
  const args = [requestId, LEVELS.indexOf(level), deadline] as const;
  const hash = await move(client, { hub, account: rest.account }, "raise", args, value);
  const { status } = await waitForTransactionReceipt(client, { hash });
  if (status === "reverted") throw new Failure("The transaction was reverted, so nothing is raised.");
  return hash;
}

async function feeOf(client: Sender, { hub, requestId, level }: { hub: Address; requestId: Hex; level: Level }) {
  const at = { address: hub, abi: inferenceHubAbi } as const;
  const [{ modelId }] = await readContract(client, { ...at, functionName: "requestOf", args: [requestId] });
  return readContract(client, { ...at, functionName: "feeOf", args: [modelId, LEVELS.indexOf(level)] });
}
