// Proves a wrong answer wrong. Each call is one transaction; what proves a picture wrong that nobody shows takes some, and
// `examineProposal` says which is next.
import type { Client, Hash } from "viem";
import { readContract } from "viem/actions";
import { Failure } from "../failure.ts";
import { inferenceHubAbi } from "../generated/abi.ts";
import type { Fault } from "./examine.ts";
import { type By, move } from "./move.ts";
import type { Sender } from "./request.ts";
import type { RequestParameters } from "./standing.ts";

/**
 * Proves a fault, by which the challenger earns half of the bond; of a picture that nobody shows, demands what would prove
 * it, for a deposit, or has the answer voided if that was not shown in time. While it may still be shown there is nothing to
 * do: a `Failure`. What the hub would refuse, since somebody was faster or the window is over, is its own error, and sends
 * nothing.
 */
export async function challengeInference(
  client: Sender,
  { hub, requestId, fault, account }: RequestParameters & { fault: Fault } & By,
): Promise<Hash> {
  const { kind, input, output } = fault;
  const at = { hub, account };
  if (kind === "output") return move(client, at, "challengeOutput", [requestId, input, output]);
  if (kind === "pixel") {
    const { opening, column, row } = fault;
    return move(client, at, "challengePixel", [requestId, input, output, opening, column, row]);
  }
  const part = { hub, requestId, index: fault.index };
  if (kind === "withheld") return move(client, at, "voidProposal", [requestId, fault.index]);
  if (kind === "unshown") {
    return move(client, at, "demandTile", [requestId, fault.index], await readDemandDeposit(client, part));
  }
  const until = new Date(Number(fault.answerBy) * 1000).toISOString();
  throw new Failure(`Until ${until} it may still be shown.`, "Look again then.");
}

/** Which part of a bonded picture: a tile by its number, or all leaves of its tree, `LEAVES`. */
export interface PartParameters extends RequestParameters {
  index: number;
}

/** What a demand takes as a deposit, in wei. */
export function readDemandDeposit(client: Client, { hub, requestId, index }: PartParameters): Promise<bigint> {
  const at = { address: hub, abi: inferenceHubAbi } as const;
  return readContract(client, { ...at, functionName: "demandDepositOf", args: [requestId, index] });
}

/** Takes back the deposit of a demand whose proposal has failed since; `withdraw` pays it out. */
export function reclaimDeposit(client: Sender, { hub, requestId, index, account }: PartParameters & By): Promise<Hash> {
  return move(client, { hub, account }, "reclaimDeposit", [requestId, index]);
}
