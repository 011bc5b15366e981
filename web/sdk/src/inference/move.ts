// One transaction to the hub.
import type { Abi, Account, Address, ContractFunctionName, Hash } from "viem";
import { simulateContract, writeContract } from "viem/actions";
import { inferenceHubAbi } from "../generated/abi.ts";
import { type Sender, senderOf } from "./request.ts";

/** Who pays. */
export interface By {
  /** If the client has no account of its own. */
  account?: Account | Address | undefined;
}

/** Has the hub do something. A refusal is the contract's own error, and costs nothing. */
export async function move(
  client: Sender,
  { hub, account: by }: { hub: Address } & By,
  functionName: ContractFunctionName<typeof inferenceHubAbi, "payable" | "nonpayable">,
  args: readonly unknown[],
  value = 0n,
): Promise<Hash> {
  const { account, chain } = senderOf(client, by);
  const call = { address: hub, abi: inferenceHubAbi as Abi, functionName, args, value, account } as const;
  await simulateContract(client, call);
  return writeContract(client, { ...call, chain });
}
