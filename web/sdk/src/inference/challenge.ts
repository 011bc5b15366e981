// A watcher's work: looks at an answer that is bonded, and proves a wrong one wrong in one transaction.
import type { Account, Address, Client, Hash, Hex } from "viem";
import { getContractEvents, readContract, writeContract } from "viem/actions";
import { findEvent } from "../events.ts";
import { Failure } from "../failure.ts";
import { fileCid } from "../files/cid.ts";
import { fetchPinned, gatewayUrl } from "../files/gateway.ts";
import { decodePng } from "../files/png.ts";
import { executorAbi, inferenceHubAbi, modelRegistryAbi } from "../generated/abi.ts";
import { render } from "../render/render.ts";
import { readModel, readRegistry } from "./answer.ts";
import { decodePictureInput, decodePictureOutput, type PictureInput } from "./picture.ts";
import { type Opening, pixelTree, type RgbPicture, TILE, tilesAcross } from "./pixel-tree.ts";
import { readProposedAnswer } from "./proposed.ts";
import { type RequestInferenceParameters, type Sender, senderOf } from "./request.ts";
import { type RequestParameters, readStanding } from "./standing.ts";

/** `IModelRegistry.Task.Picture`. */
const PICTURE = 1;
/** A PNG of the largest picture that can be bonded stays below this. */
const MAX_IMAGE_BYTES = 2 ** 20;
/** Stands for a tile's number where all leaves of a picture's tree are demanded: the hub's `LEAVES`. */
export const LEAVES = 2 ** 32 - 2;

/** Where a bonded answer is looked for. */
export interface ExamineProposalParameters extends RequestParameters {
  /** The request's block, or an earlier one. */
  fromBlock: bigint;
  /** Base address of an IPFS gateway, without `/ipfs`, for the picture that is claimed. */
  gateway: string;
}

/** What is wrong with a bonded answer, and what proves it. */
export type Fault = { input: Hex; output: Hex; says: string } & (
  | { kind: "output" }
  | { kind: "pixel"; opening: Opening; column: number; row: number }
  | { kind: "unshown" }
);

/** What is wrong with the answer that is bonded; nothing if it is right. Throws a `Failure` if there is none. */
export async function examineProposal(
  client: Client,
  { hub, requestId, fromBlock, gateway }: ExamineProposalParameters,
): Promise<Fault | undefined> {
  const { request, proposal } = await readStanding(client, { hub, requestId });
  if (!proposal) throw new Failure("No answer of this request waits for challenges.");
  const input = await readInput(client, { hub, requestId, fromBlock });
  const { output } = await readProposedAnswer(client, { hub, requestId, proposal, fromBlock });
  const registry = await readRegistry(client, { hub });
  const { modelId } = request;
  const { task } = await readModel(client, { registry, modelId });
  if (task !== PICTURE) return examineOutput(client, { hub, modelId, input, output });
  const at = { address: registry, abi: modelRegistryAbi } as const;
  const model = await readContract(client, { ...at, functionName: "weightsOf", args: [modelId] });
  return examinePicture({ model, input, output, gateway });
}

/** Proves a fault; of a picture that nobody shows, demands the leaves. The challenger earns half of the bond. */
export async function challengeInference(
  client: Sender,
  {
    hub,
    requestId,
    fault,
    account,
  }: RequestParameters & { fault: Fault } & Pick<RequestInferenceParameters, "account">,
): Promise<Hash> {
  const at = {
    address: hub,
    abi: inferenceHubAbi,
    ...senderOf(client, account as Account | Address | undefined),
  } as const;
  const { input, output } = fault;
  if (fault.kind === "output") {
    return writeContract(client, { ...at, functionName: "challengeOutput", args: [requestId, input, output] });
  }
  if (fault.kind === "pixel") {
    const args = [requestId, input, output, fault.opening, fault.column, fault.row] as const;
    return writeContract(client, { ...at, functionName: "challengePixel", args });
  }
  const args = [requestId, LEAVES] as const;
  const value = await readContract(client, {
    address: hub,
    abi: inferenceHubAbi,
    functionName: "demandDepositOf",
    args,
  });
  return writeContract(client, { ...at, functionName: "demandTile", args, value });
}

/** What a request asked, from its event. */
export async function readInput(
  client: Client,
  { hub, requestId, fromBlock }: RequestParameters & { fromBlock: bigint },
): Promise<Hex> {
  const event = { address: hub, abi: inferenceHubAbi, eventName: "InferenceRequested" } as const;
  const found = await findEvent(client, fromBlock, (range) =>
    getContractEvents(client, { ...event, args: { requestId }, ...range, strict: true }),
  );
  if (!found) throw new Failure("The RPC endpoint doesn’t give the event of the request.");
  return found.args.input;
}

interface Claim {
  input: Hex;
  output: Hex;
}

/** The contract itself says what is right. */
async function examineOutput(
  client: Client,
  { hub, modelId, input, output }: Claim & { hub: Address; modelId: Hex },
): Promise<Fault | undefined> {
  const executor = await readContract(client, { address: hub, abi: inferenceHubAbi, functionName: "executor" });
  const run = { address: executor, abi: executorAbi, functionName: "run", args: [modelId, input] } as const;
  const right = await readContract(client, run);
  if (right === output) return undefined;
  return { kind: "output", input, output, says: "The model gives another output." };
}

async function examinePicture({ model, input, output, gateway }: Claim & { model: Hex; gateway: string }) {
  const claimed = attempt(() => decodePictureOutput(output));
  const asked = attempt(() => decodePictureInput(input));
  const fault = (says: string) => ({ kind: "output", input, output, says }) as const;
  if (!asked) return fault("What was asked is no picture, so there is no right answer.");
  if (!claimed) return fault("The output is not a picture’s.");
  const drawn = await render({ model, ...asked }, asked);
  if (drawn.pixelRoot === claimed.pixelRoot) return undefined;
  const shown = await fetchClaimed(gateway, claimed.imageCid, asked);
  const tree = shown && pixelTree(shown);
  if (!tree || tree.root !== claimed.pixelRoot) {
    const says = "The picture has another root, and nobody shows the pixels under the one that is claimed.";
    return { kind: "unshown", input, output, says } as const;
  }
  const { x, y } = firstDifference(shown, drawn.rgba);
  const index = Math.floor(y / TILE) * tilesAcross(asked.size) + Math.floor(x / TILE);
  const says = `The pixel in column ${x}, row ${y} is another.`;
  return { kind: "pixel", input, output, says, opening: tree.open(index), column: x % TILE, row: y % TILE } as const;
}

/** The picture that is claimed; nothing if the gateway hasn't the file, or has another, or it is no such picture. */
async function fetchClaimed(gateway: string, cid: Hex, { size }: PictureInput): Promise<RgbPicture | undefined> {
  try {
    const file = await fetchPinned(gatewayUrl(gateway, cid), { what: "picture", limit: MAX_IMAGE_BYTES });
    if (fileCid(file) !== cid) return undefined;
    const { width, height, rgb } = await decodePng(file);
    return width === size && height === size ? { size, rgb } : undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function firstDifference({ size, rgb }: RgbPicture, rgba: Uint8ClampedArray): { x: number; y: number } {
  const differs = (at: number) => [0, 1, 2].some((channel) => rgb[at * 3 + channel] !== rgba[at * 4 + channel]);
  for (let at = 0; at < size * size; at++) if (differs(at)) return { x: at % size, y: Math.floor(at / size) };
  throw new Failure("The pictures have the same pixels, but different roots.");
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
