// Finds the bytes of an accepted answer: the hub keeps only their hash, so they come from the transaction that brought
// them, and are compared with that hash.
import { type Client, decodeFunctionData, type Hex, keccak256 } from "viem";
import { getContractEvents, getTransaction, readContract } from "viem/actions";
import { findEvent } from "../events.ts";
import { Failure } from "../failure.ts";
import { executorAbi, inferenceHubAbi } from "../generated/abi.ts";
import { readAnswer, readExecutor } from "./answer.ts";
import type { RequestParameters } from "./standing.ts";

/** The output that was accepted for a request; its transaction is looked for from block `fromBlock` on. */
export async function readOutput(
  client: Client,
  { hub, requestId, fromBlock }: RequestParameters & { fromBlock: bigint },
): Promise<Hex> {
  const { receipt } = await readAnswer(client, { hub, requestId });
  const event = { address: hub, abi: inferenceHubAbi, eventName: "InferenceAnswered" } as const;
  const answered = await findEvent(
    client,
    fromBlock,
    (range) => getContractEvents(client, { ...event, args: { requestId }, ...range, strict: true }),
    ({ args }) => args.outputHash === receipt.outputHash,
  );
  if (!answered) throw new Failure("The RPC endpoint doesn’t give the event of the accepted answer.");
  const { input: data, to } = await getTransaction(client, { hash: answered.transactionHash });
  const output =
    to?.toLowerCase() === hub.toLowerCase()
      ? await outputIn(client, { hub, modelId: receipt.modelId, data })
      : undefined;
  if (output && keccak256(output) === receipt.outputHash) return output;
  throw new Failure("The answer came through another contract, so its bytes aren’t in the transaction itself.");
}

/** What a transaction to the hub brings; the input that it brings is run again by the contract, which takes no gas. */
async function outputIn(client: Client, { hub, modelId, data }: { hub: Hex; modelId: Hex; data: Hex }) {
  const { functionName, args } = decodeFunctionData({ abi: inferenceHubAbi, data });
  if (functionName === "fulfil" || functionName === "reveal" || functionName === "finalise") return args[1];
  if (functionName !== "execute") return undefined;
  const executor = await readExecutor(client, { hub });
  return readContract(client, { address: executor, abi: executorAbi, functionName: "run", args: [modelId, args[1]] });
}
