// What the hub owes: fees of what nobody answered, shares of bonds, deposits of demands.
import type { Address, Client, Hash } from "viem";
import { readContract } from "viem/actions";
import { inferenceHubAbi } from "../generated/abi.ts";
import { type By, move } from "./move.ts";
import type { Sender } from "./request.ts";
import type { RequestParameters } from "./standing.ts";

/** Closes a request or a raise whose time is over, and gives the fee back to who paid it. Until then nobody can raise anew. */
export function expireInference(client: Sender, { hub, requestId, account }: RequestParameters & By): Promise<Hash> {
  return move(client, { hub, account }, "expire", [requestId]);
}

/** What the hub owes an account, in wei. */
export function readClaimable(client: Client, { hub, payee }: { hub: Address; payee: Address }): Promise<bigint> {
  return readContract(client, { address: hub, abi: inferenceHubAbi, functionName: "claimableBy", args: [payee] });
}

/** Pays out what the hub owes the sender, to any address. */
export function withdraw(client: Sender, { hub, to, account }: { hub: Address; to: Address } & By): Promise<Hash> {
  return move(client, { hub, account }, "withdraw", [to]);
}
