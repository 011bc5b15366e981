// Reads what was asked, who may answer, and the signed receipt that was accepted.
import type { Client, ContractFunctionReturnType, Hex } from "viem";
import { readContract } from "viem/actions";
import type { Config } from "../config.ts";
import { inferenceHubAbi, modelRegistryAbi } from "../generated/abi.ts";
import { ask } from "./client.ts";
import type { Request } from "./standing.ts";

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
export async function readAnswer(client: Client, config: Config, requestId: Hex): Promise<Answer> {
  const hub = { address: config.hub, abi: inferenceHubAbi, args: [requestId] } as const;
  const [[request], [receipt, signature]] = await ask(config, () =>
    Promise.all([
      readContract(client, { ...hub, functionName: "requestOf" }),
      readContract(client, { ...hub, functionName: "receiptOf" }),
    ]),
  );
  return { request, receipt, signature };
}

/** What the registry says of a model version. */
export async function readModel(client: Client, config: Config, modelId: Hex): Promise<Model> {
  const call = { address: config.registry, abi: modelRegistryAbi, functionName: "modelOf", args: [modelId] } as const;
  const [model] = await ask(config, () => readContract(client, call));
  return model;
}
