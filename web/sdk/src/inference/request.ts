// Asks for inferences, and finds those that any contract asked for in a transaction.
import {
  type Account,
  type Address,
  type Chain,
  type Client,
  type Hash,
  type Hex,
  type Log,
  parseEventLogs,
  type Transport,
} from "viem";
import { getBlock, waitForTransactionReceipt, writeContract } from "viem/actions";
import { Failure } from "../failure.ts";
import { inferenceHubAbi } from "../generated/abi.ts";
import { LEVELS, type Level, levelOf } from "./level.ts";
import { quoteInference } from "./quote.ts";

/** A client that can send transactions. */
export type Sender = Client<Transport, Chain | undefined, Account | undefined>;

/** How long an answer is waited for unless the caller says otherwise, in seconds. */
const PATIENCE_S = 3_600n;

/** What is asked, and how. */
export interface RequestInferenceParameters {
  /** The InferenceHub. */
  hub: Address;
  /** A version registered in the hub's model registry. */
  modelId: Hex;
  /** At most 16,384 bytes; its form depends on the model's task. */
  input: Hex;
  /** The assurance level that the answer must have. */
  level: Level;
  /** Gas that the asking contract's callback may use; an account by itself takes none. */
  callbackGas?: number;
  /** The last second (Unix time) at which an answer is taken; an hour from now unless it is given. */
  deadline?: bigint;
  /** What is escrowed for the answer, in wei: the level's fee unless it is given. */
  value?: bigint;
  /** Who asks, if the client has no account of its own. */
  account?: Account | Address;
}

/** A request that a transaction made. */
export interface RequestedInference {
  requestId: Hex;
  modelId: Hex;
  /** Who asked, and is called back. */
  consumer: Address;
  input: Hex;
  level: Level;
  /** The last second (Unix time) at which an answer is taken. */
  deadline: bigint;
  /** The block of the request. */
  blockNumber: bigint;
}

/** Asks the hub for an inference in the sender's own name, and waits until the request is in a block. */
export async function requestInference(
  client: Sender,
  { hub, modelId, input, level, callbackGas = 0, ...rest }: RequestInferenceParameters,
): Promise<RequestedInference & { hash: Hash }> {
  const deadline = rest.deadline ?? (await getBlock(client)).timestamp + PATIENCE_S;
  const value = rest.value ?? (await quoteInference(client, { hub, modelId, input, level, callbackGas })).fee;
  const args = [modelId, input, LEVELS.indexOf(level), callbackGas, deadline] as const;
  const call = { address: hub, abi: inferenceHubAbi, functionName: "request", args, value } as const;
  const hash = await writeContract(client, { ...call, ...senderOf(client, rest.account) });
  const [requested] = await readRequests(client, { hub, hash });
  if (!requested) throw new Failure("The transaction made no request at this hub.");
  return { ...requested, hash };
}

/** The requests that a transaction made at a hub, whichever contract asked; waits until it is in a block. */
export async function readRequests(
  client: Client,
  { hub, hash }: { hub: Address; hash: Hash },
): Promise<RequestedInference[]> {
  const { status, logs } = await waitForTransactionReceipt(client, { hash });
  if (status === "reverted") throw new Failure("The transaction was reverted.");
  return requestsIn(logs, { hub });
}

/** The requests among a transaction's logs. */
export function requestsIn(logs: Log[], { hub }: { hub: Address }): RequestedInference[] {
  const events = parseEventLogs({ abi: inferenceHubAbi, eventName: "InferenceRequested", logs });
  const ours = events.filter(({ address }) => address.toLowerCase() === hub.toLowerCase());
  return ours.map(({ args: { requestId, modelId, consumer, input, level, deadline }, blockNumber }) => {
    return { requestId, modelId, consumer, input, level: levelOf(level), deadline, blockNumber };
  });
}

/** What a write takes of who sends it: the account that was named, or the client's own. */
export function senderOf(client: Sender, account: Account | Address | undefined) {
  const sender = account ?? client.account;
  if (!sender) throw new Failure("Nobody is named to send the transaction.", "Give the client or the call an account.");
  return { account: sender, chain: client.chain ?? null };
}
