// Looks at an answer that is bonded, and says what proves it wrong, if it is.
import type { Address, Client, Hex } from "viem";
import { getContractEvents, readContract } from "viem/actions";
import { findEvent } from "../events.ts";
import { Failure } from "../failure.ts";
import { fileCid } from "../files/cid.ts";
import { fetchPinned, gatewayUrl } from "../files/gateway.ts";
import { decodePng } from "../files/png.ts";
import { executorAbi, inferenceHubAbi, modelRegistryAbi } from "../generated/abi.ts";
import { render } from "../render/render.ts";
import { readModel, readRegistry } from "./answer.ts";
import { examineHidden, type Hidden, wrongPixel } from "./hidden.ts";
import { decodePictureInput, decodePictureOutput, type PictureInput } from "./picture.ts";
import { pixelTree, type RgbPicture } from "./pixel-tree.ts";
import { readProposedAnswer } from "./proposed.ts";
import { type RequestParameters, readStanding } from "./standing.ts";

/** `IModelRegistry.Task.Picture`. */
const PICTURE = 1;
/** A PNG of the largest picture that can be bonded stays below this. */
const MAX_IMAGE_BYTES = 2 ** 20;
/** Where a bonded answer is looked for. */
export interface ExamineProposalParameters extends RequestParameters {
  /** The request's block, or an earlier one. */
  fromBlock: bigint;
  /** Base address of an IPFS gateway, without `/ipfs`, for the picture that is claimed. */
  gateway: string;
}

/** What is wrong with a bonded answer, and what proves it. */
export type Fault = { input: Hex; output: Hex; says: string } & ({ kind: "output" } | Hidden);

/** What is wrong with the answer that is bonded; nothing if it is right. Throws a `Failure` if there is none. */
export async function examineProposal(
  client: Client,
  { hub, requestId, fromBlock, gateway }: ExamineProposalParameters,
): Promise<Fault | undefined> {
  const { request, proposal } = await readStanding(client, { hub, requestId });
  if (!proposal) throw new Failure("No answer of this request waits for challenges.");
  const input = await readInput(client, { hub, requestId, fromBlock });
  const { output, place } = await readProposedAnswer(client, { hub, requestId, proposal, fromBlock });
  const registry = await readRegistry(client, { hub });
  const { modelId } = request;
  const { task } = await readModel(client, { registry, modelId });
  if (task !== PICTURE) return examineOutput(client, { hub, modelId, input, output });
  const at = { address: registry, abi: modelRegistryAbi } as const;
  const model = await readContract(client, { ...at, functionName: "weightsOf", args: [modelId] });
  const examined = await examinePicture({ model, input, output, gateway });
  if (examined?.kind !== "hidden") return examined;
  const { root, right } = examined;
  const hidden = await examineHidden(client, { hub, requestId, proposed: place, root, right });
  return { input, output, says: SAYS[hidden.kind], ...hidden };
}

const SAYS = {
  unshown: "The picture has another root, and nobody shows the pixels under the one that is claimed.",
  demanded: "The picture has another root; what proves it wrong is demanded, and may still be shown.",
  withheld: "The picture has another root, and what was demanded of it wasn’t shown in time.",
  pixel: "A tile that was shown on demand has another pixel.",
};

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
  const right = pixelTree({ size: asked.size, rgb: withoutAlpha(drawn.rgba) });
  const shown = await fetchClaimed(gateway, claimed.imageCid, asked);
  const tree = shown && pixelTree(shown);
  if (tree?.root !== claimed.pixelRoot) return { kind: "hidden", root: claimed.pixelRoot, right } as const;
  for (let index = 0; index < tree.count; index++) {
    const pixel = wrongPixel(tree.open(index), right.open(index));
    if (pixel) return { ...pixel, input, output, says: `A pixel of tile ${index} is another.` };
  }
  throw new Failure("The pictures have the same pixels, but different roots.");
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

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  return Uint8Array.from(
    { length: (rgba.length / 4) * 3 },
    (_, at) => rgba[Math.floor(at / 3) * 4 + (at % 3)] as number,
  );
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
