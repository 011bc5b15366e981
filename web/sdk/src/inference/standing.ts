// Reads where a token's request stands at the hub: the level asked for, the level held, the answer open to challenge.
import type { Address, Client, ContractFunctionReturnType, Hex } from "viem";
import { getBlock, readContract } from "viem/actions";
import { revertOf } from "../failure.ts";
import { inferenceHubAbi } from "../generated/abi.ts";
import { isAbove, type Level, levelOf } from "./level.ts";

/** Which request is meant. */
export interface RequestParameters {
  /** The InferenceHub. */
  hub: Address;
  requestId: Hex;
}

/** What a consumer asked for. */
export type Request = ContractFunctionReturnType<typeof inferenceHubAbi, "view", "requestOf">[0];

/** `IInferenceHub.Status`: where a request is in its life. */
export const Status = { Unknown: 0, Open: 1, Answered: 2, Expired: 3, Proposed: 4, Refuted: 5 } as const;

/** The statuses' names, as the token's metadata has them. */
export const STATUS_NAMES = Object.keys(Status);

/** An answer that waits for challenges. */
export interface Proposal {
  proposer: Address;
  /** What the proposer loses if the answer is proved wrong, in wei. */
  bond: bigint;
  /** The last second (Unix time) at which it can be challenged. */
  finalAfter: bigint;
  /** Seconds from the proposal to `finalAfter`, by the model's terms of today. */
  window: bigint;
  outputHash: Hex;
}

/** Where a request stands. */
export interface Standing {
  request: Request;
  /** One of `Status`. */
  status: number;
  /** The level asked for; while an answer is being raised, the level that it is raised to. */
  asked: Level;
  /** The accepted answer's level; none unless there is one that stands. */
  held: Level | undefined;
  /** The answer that waits for challenges, if there is one. */
  proposal: Proposal | undefined;
}

/** Where a request stands now. */
export async function readStanding(client: Client, { hub, requestId }: RequestParameters): Promise<Standing> {
  const at = { address: hub, abi: inferenceHubAbi } as const;
  const [[request, status], held, { proposer, bond, finalAfter, outputHash }] = await Promise.all([
    readContract(client, { ...at, functionName: "requestOf", args: [requestId] }),
    readHeld(client, { hub, requestId }),
    readContract(client, { ...at, functionName: "proposalOf", args: [requestId] }),
  ]);
  const isProposed = BigInt(proposer) !== 0n;
  const terms = { ...at, functionName: "optimisticOf", args: [request.modelId] } as const;
  const window = isProposed ? (await readContract(client, terms)).window : 0n;
  const proposal = isProposed ? { proposer, bond, finalAfter, window, outputHash } : undefined;
  return { request, status, asked: levelOf(request.level), held, proposal };
}

/** The level that an accepted answer is being raised to, if somebody pays for that and its time isn't over. */
export function raisingTo(standing: Standing, now: bigint): Level | undefined {
  return isBeyondAnswer(standing) && !hasLapsed(standing, now) ? standing.asked : undefined;
}

/** Whether a raise has come to nothing in its time, and nobody has closed it. */
export function hasLapsed(standing: Standing, now: bigint): boolean {
  return isBeyondAnswer(standing) && !standing.proposal && now > standing.request.deadline;
}

/** Whether more is asked for than the accepted answer holds. */
function isBeyondAnswer({ status, asked, held }: Standing): boolean {
  return status === Status.Answered && held !== undefined && isAbove(asked, held);
}

/** What tells one standing from another. */
export function standingKey(standing: Standing | undefined): string {
  if (!standing) return "none";
  const { status, asked, held, request, proposal } = standing;
  return [status, asked, held, request.deadline, proposal?.outputHash, proposal?.finalAfter].join();
}

/** How many seconds the chain's clock is ahead of this computer's; a chain whose last block is old is not behind. */
export async function readClockLead(client: Client): Promise<number> {
  const { timestamp } = await getBlock(client, { includeTransactions: false });
  return Math.max(0, Number(timestamp) - Date.now() / 1000);
}

async function readHeld(client: Client, { hub, requestId }: RequestParameters): Promise<Level | undefined> {
  const call = { address: hub, abi: inferenceHubAbi, functionName: "levelOf", args: [requestId] } as const;
  try {
    return levelOf(await readContract(client, call));
  } catch (error) {
    if (revertOf(error) === "UnknownRequest") return undefined; // no accepted answer
    throw error;
  }
}
