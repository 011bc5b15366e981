// Proves a wrong answer wrong. Each call is one transaction; what proves a picture wrong that nobody shows takes some, and
// `examineProposal` says which is next.
import type { Account, Address, Hash } from "viem";
import { readContract, writeContract } from "viem/actions";
import { Failure } from "../failure.ts";
import { inferenceHubAbi } from "../generated/abi.ts";
import type { Fault } from "./examine.ts";
import { type RequestInferenceParameters, type Sender, senderOf } from "./request.ts";
import type { RequestParameters } from "./standing.ts";

/** Who pays, if not the client's own account. */
type By = Pick<RequestInferenceParameters, "account">;

/**
 * Proves a fault, by which the challenger earns half of the bond; of a picture that nobody shows, demands what would prove
 * it, for a deposit, or has the answer voided if that was not shown in time. While it may still be shown there is nothing to
 * do: a `Failure`.
 */
export async function challengeInference(
  client: Sender,
  { hub, requestId, fault, account }: RequestParameters & { fault: Fault } & By,
): Promise<Hash> {
  const at = {
    address: hub,
    abi: inferenceHubAbi,
    ...senderOf(client, account as Account | Address | undefined),
  } as const;
  const { kind, input, output } = fault;
  if (kind === "output") {
    return writeContract(client, { ...at, functionName: "challengeOutput", args: [requestId, input, output] });
  }
  if (kind === "pixel") {
    const args = [requestId, input, output, fault.opening, fault.column, fault.row] as const;
    return writeContract(client, { ...at, functionName: "challengePixel", args });
  }
  const args = [requestId, fault.index] as const;
  if (kind === "withheld") return writeContract(client, { ...at, functionName: "voidProposal", args });
  if (kind === "demanded") {
    const until = new Date(Number(fault.answerBy) * 1000).toISOString();
    throw new Failure(`Until ${until} it may still be shown.`, "Look again then.");
  }
  const deposit = { address: hub, abi: inferenceHubAbi, functionName: "demandDepositOf", args } as const;
  return writeContract(client, { ...at, functionName: "demandTile", args, value: await readContract(client, deposit) });
}

/**
 * Takes back the deposit of a demand (`index`: a tile's number, or `LEAVES`) whose proposal has failed since. It is paid out
 * with all else that the hub owes the account, by `withdraw`.
 */
export function reclaimDeposit(
  client: Sender,
  { hub, requestId, index, account }: RequestParameters & { index: number } & By,
): Promise<Hash> {
  const at = {
    address: hub,
    abi: inferenceHubAbi,
    ...senderOf(client, account as Account | Address | undefined),
  } as const;
  return writeContract(client, { ...at, functionName: "reclaimDeposit", args: [requestId, index] });
}
