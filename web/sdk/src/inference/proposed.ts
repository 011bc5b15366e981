// Reads an answer that is bonded and open to challenge: the hub keeps only its hash, so it comes from the event.
import { type Client, type Hex, keccak256 } from "viem";
import { getContractEvents } from "viem/actions";
import { findEvent, type LogPlace } from "../events.ts";
import { Failure } from "../failure.ts";
import { inferenceHubAbi } from "../generated/abi.ts";
import type { Receipt } from "./answer.ts";
import type { Proposal, RequestParameters } from "./standing.ts";

/** A bonded answer. */
export interface ProposedAnswer {
  receipt: Receipt;
  output: Hex;
  /** Where the event stands that carried it. */
  place: LogPlace;
}

/** The bonded answer whose hash the hub keeps; events are looked for from `fromBlock` on. */
export async function readProposedAnswer(
  client: Client,
  { hub, requestId, proposal, fromBlock }: RequestParameters & { proposal: Proposal; fromBlock: bigint },
): Promise<ProposedAnswer> {
  const event = { address: hub, abi: inferenceHubAbi, eventName: "AnswerProposed" } as const;
  const found = await findEvent(
    client,
    fromBlock,
    (range) => getContractEvents(client, { ...event, args: { requestId }, ...range, strict: true }),
    ({ args }) => keccak256(args.output) === proposal.outputHash,
  );
  if (!found) throw new Failure("The RPC endpoint doesn’t give the event that carries the bonded answer.");
  const { blockNumber, logIndex } = found;
  return { receipt: found.args.receipt, output: found.args.output, place: { blockNumber, logIndex } };
}
