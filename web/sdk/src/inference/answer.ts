// Reads what was asked, who may answer, and the signed receipt that was accepted.
import type { Address, Client, ContractFunctionReturnType, Hex } from "viem";
import { readContract } from "viem/actions";
import { inferenceHubAbi, modelRegistryAbi } from "../generated/abi.ts";
import type { Request, RequestParameters } from "./standing.ts";

/** What the model's key signed. */
export type Receipt = ContractFunctionReturnType<typeof inferenceHubAbi, "view", "receiptOf">[0];
/** A registered model version. */
export type Model = ContractFunctionReturnType<typeof modelRegistryAbi, "view", "modelOf">[0];

/** An accepted answer beside the request that it answers. */
export interface Answer {
  request: Request;
  receipt: Receipt;
  signature: Hex;
}

/** The accepted answer to a request. */
export async function readAnswer(client: Client, { hub, requestId }: RequestParameters): Promise<Answer> {
  const at = { address: hub, abi: inferenceHubAbi, args: [requestId] } as const;
  const [[request], [receipt, signature]] = await Promise.all([
    readContract(client, { ...at, functionName: "requestOf" }),
    readContract(client, { ...at, functionName: "receiptOf" }),
  ]);
  return { request, receipt, signature };
}

/** Where the hub's models are registered. */
export function readRegistry(client: Client, { hub }: { hub: Address }): Promise<Address> {
  return readContract(client, { address: hub, abi: inferenceHubAbi, functionName: "registry" });
}

/** What runs the hub's models inside the chain. */
export function readExecutor(client: Client, { hub }: { hub: Address }): Promise<Address> {
  return readContract(client, { address: hub, abi: inferenceHubAbi, functionName: "executor" });
}

/** What the registry says of a model version. */
export async function readModel(
  client: Client,
  { registry, modelId }: { registry: Address; modelId: Hex },
): Promise<Model> {
  const call = { address: registry, abi: modelRegistryAbi, functionName: "modelOf", args: [modelId] } as const;
  const [model] = await readContract(client, call);
  return model;
}
