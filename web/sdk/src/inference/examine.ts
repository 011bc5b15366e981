// Looks at an answer that is bonded, and says what proves it wrong, if it is.
import type { Address, Client, Hex } from "viem";
import { getContractEvents, readContract } from "viem/actions";
import { findFirstEvent } from "../events.ts";
import { Failure, revertOf } from "../failure.ts";
import { fileCid } from "../files/cid.ts";
import { fetchPinned, gatewayUrl } from "../files/gateway.ts";
import { decodePng } from "../files/png.ts";
import { executorAbi, inferenceHubAbi, modelRegistryAbi } from "../generated/abi.ts";
import { render } from "../render/render.ts";
import { readExecutor, readModel, readRegistry } from "./answer.ts";
import { examineHidden, type Hidden, wrongPixel } from "./hidden.ts";
import { decodePictureInput, decodePictureOutput, type PictureInput } from "./picture.ts";
import { isBondable, pixelTree, type RgbPicture } from "./pixel-tree.ts";
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
  const claim = { hub, modelId, input, output };
  if (task !== PICTURE) return examineOutput(client, claim);
  const examined = await examinePicture(client, { ...claim, registry, gateway });
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
  const found = await findFirstEvent(client, fromBlock, (range) =>
    getContractEvents(client, { ...event, args: { requestId }, ...range, strict: true }),
  );
  if (!found) throw new Failure("The RPC endpoint doesn’t give the event of the request.");
  return found.args.input;
}

interface Claim {
  hub: Address;
  modelId: Hex;
  input: Hex;
  output: Hex;
}

interface PictureClaim extends Claim {
  registry: Address;
  gateway: string;
}

/** The contract itself says what is right. */
async function examineOutput(client: Client, { hub, modelId, input, output }: Claim): Promise<Fault | undefined> {
  const address = await readExecutor(client, { hub });
  const run = { address, abi: EXECUTOR, functionName: "run", args: [modelId, input] } as const;
  const right = await unlessRefused(() => readContract(client, run));
  if (right === output) return undefined;
  const says = right ? "The model gives another output." : "The model refuses the input, so there is no right answer.";
  return { kind: "output", input, output, says };
}

/** In the order in which the hub looks at it. */
async function examinePicture(client: Client, { hub, registry, modelId, input, output, gateway }: PictureClaim) {
  const fault = (says: string) => ({ kind: "output", input, output, says }) as const;
  const claimed = attempt(() => decodePictureOutput(output));
  if (!claimed) return fault("The output is not a picture’s.");
  const asked = attempt(() => decodePictureInput(input));
  if (!asked) return fault("What was asked is no picture, so there is no right answer.");
  if (!isBondable(asked.size)) return fault(`A picture of ${asked.size} pixels a side can’t be judged by the hub.`);
  const drawn = await draw(client, { hub, registry, modelId, asked });
  if (!drawn) return fault("The model refuses what was asked, so there is no right answer.");
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

/** The right picture; nothing if the contract refuses to draw it, too. */
async function draw(client: Client, { hub, registry, modelId, asked }: Asked) {
  const at = { address: registry, abi: modelRegistryAbi } as const;
  const model = await readContract(client, { ...at, functionName: "weightsOf", args: [modelId] });
  try {
    return await render({ model, ...asked }, asked);
  } catch (error) {
    const { stages, seed, traits, size } = asked;
    const address = await readExecutor(client, { hub });
    const args = [modelId, stages, seed, traits, size, 0, 0] as const;
    const pixel = { address, abi: EXECUTOR, functionName: "pixel", args } as const;
    if ((await unlessRefused(() => readContract(client, pixel))) === undefined) return undefined;
    throw error;
  }
}

interface Asked {
  hub: Address;
  registry: Address;
  modelId: Hex;
  asked: PictureInput;
}

/** The executor's functions, and the errors with which the registry refuses through it. */
const EXECUTOR = [
  ...executorAbi,
  ...modelRegistryAbi.filter(({ type }) => type === "error"),
] as unknown as typeof executorAbi;

/** The errors that mean that a question has no answer: `Evidence`'s. */
const REFUSALS: readonly unknown[] = [
  "BadInputLength",
  "InputOutOfRange",
  "UnknownStages",
  "BadTraits",
  "NotAPicture",
  "WeightsMismatch",
];

/** What a contract gives; nothing if it refuses the question. */
async function unlessRefused<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (REFUSALS.includes(revertOf(error))) return undefined;
    throw error;
  }
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
