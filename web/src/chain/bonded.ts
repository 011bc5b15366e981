// Reads an answer that is bonded and open to challenge: the hub keeps only its hash, so it comes from the event.
import { type Client, decodeAbiParameters, type Hex, keccak256 } from "viem";
import { getContractEvents } from "viem/actions";
import type { Config } from "../config.ts";
import { Failure } from "../failure.ts";
import { inferenceHubAbi } from "../generated/abi.ts";
import { PICTURE_OUTPUT, type PictureOutput } from "../verify/output.ts";
import type { Receipt } from "./answer.ts";
import { ask } from "./client.ts";
import type { Proposal } from "./standing.ts";

/** A bonded answer. */
export interface Bonded {
  receipt: Receipt;
  /** What it says of the picture; none if that can't be read, which is a wrong answer, too. */
  output: PictureOutput | undefined;
}

/** The bonded answer whose hash the hub keeps; events are looked for from `fromBlock` on. */
export async function readBonded(
  client: Client,
  config: Config,
  { requestId, proposal, fromBlock }: { requestId: Hex; proposal: Proposal; fromBlock: bigint },
): Promise<Bonded> {
  const hub = { address: config.hub, abi: inferenceHubAbi, eventName: "AnswerProposed" } as const;
  const filter = { args: { requestId }, fromBlock, strict: true } as const;
  const events = await ask(config, () => getContractEvents(client, { ...hub, ...filter }));
  const found = events.findLast(({ args }) => keccak256(args.output) === proposal.outputHash);
  if (!found) throw new Failure("The RPC endpoint doesn’t give the event that carries the bonded answer.");
  return { receipt: found.args.receipt, output: decode(found.args.output) };
}

function decode(output: Hex): PictureOutput | undefined {
  try {
    return decodeAbiParameters(PICTURE_OUTPUT, output)[0];
  } catch {
    return undefined;
  }
}
