// Makes a fulfilled token out of thin air, with everything that chain and gateway would say of it. Asked for, answered
// and final at level Optimistic, by a model that is certified.
import { createHash } from "node:crypto";
import { bytesToHex, encodeAbiParameters, keccak256, pad, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { encodePng } from "./png.mjs";
import { paint, rootOf, withoutAlpha } from "./renderer.mjs";
import "./typescript.mjs";

const { fileCid, formatCid } = await import("../sdk/src/files/cid.ts");
const { RECEIPT_TYPES } = await import("../sdk/src/verify/signature.ts");

export const CHAIN_ID = 31337;
export const HUB = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
export const REGISTRY = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
export const ART = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0";
export const RENDERER = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9";
/** `IInferenceHub.Assurance.Optimistic` and `IInferenceHub.Status.Answered`. */
const OPTIMISTIC = 2;
const ANSWERED = 2;
const OUTPUT = [
  {
    type: "tuple",
    components: [
      { name: "pixelRoot", type: "bytes32" },
      { name: "imageCid", type: "bytes" },
    ],
  },
];
const attester = privateKeyToAccount(keccak256(stringToHex("attester")));
const MODEL_ID = keccak256(stringToHex("model"));

/**
 * A token by its number, drawn by `model` (canonical form, hex) at `size` pixels with `traits` (four numbers), as it is
 * at an epoch. A token's `past` are those of the epochs before, if there are any.
 */
export async function makeToken({ tokenId, model, size, traits: [palette, family, symmetry, density], epoch = 0 }) {
  const seed = keccak256(stringToHex(`seed ${tokenId}`));
  const traits = pad(
    bytesToHex(Uint8Array.of(epoch >> 8, epoch & 255, 0, 0, 0, 0, density, symmetry, family, palette)),
  );
  const blueprint = {
    stages: 0x010101,
    size,
    modelId: MODEL_ID,
    canonicalHash: keccak256(model),
    seed,
    traits,
    model,
  };
  const rgba = paint(blueprint);
  const pixelRoot = bytesToHex(rootOf(size, rgba));
  const image = encodePng({ width: size, height: size, rgb: withoutAlpha(rgba) }, (y) => y % 5);
  const imageCid = fileCid(image);
  const requestId = keccak256(stringToHex(`request ${tokenId}${epoch ? ` at epoch ${epoch}` : ""}`));
  const title = `Verdigris #${tokenId}`;
  const document = Buffer.from(
    JSON.stringify({
      name: title,
      description: "A picture for the tests.",
      image: `ipfs://${formatCid(imageCid)}`,
      attributes: [],
      verdigris: {
        ...{ version: 1, chainId: CHAIN_ID, hub: HUB, requestId, modelId: MODEL_ID, stages: 0x010101 },
        ...{ seed, traits, size, pixelRoot, imageCid: formatCid(imageCid) },
      },
    }),
  );
  const receipt = {
    requestId,
    modelId: MODEL_ID,
    inputHash: hashOf(["uint32", "uint16", "bytes32", "bytes32", "string"], [0x010101, size, seed, traits, title]),
    outputHash: hashOf(["bytes32", "bytes"], [pixelRoot, imageCid]),
    contentHash: `0x${createHash("sha256").update(document).digest("hex")}`,
    issuedAt: 1_790_000_000n,
  };
  const domain = { name: "Verdigris", version: "1", chainId: CHAIN_ID, verifyingContract: HUB };
  const signature = await attester.signTypedData({
    domain,
    types: RECEIPT_TYPES,
    primaryType: "Receipt",
    message: receipt,
  });
  const request = {
    consumer: ART,
    callbackGas: 500_000,
    level: OPTIMISTIC,
    modelId: MODEL_ID,
    inputHash: receipt.inputHash,
    deadline: 1n,
    fee: 0n,
  };
  return {
    tokenId,
    title,
    owner: privateKeyToAccount(keccak256(stringToHex(`owner ${tokenId}`))).address,
    blueprint,
    token: { stage: 2, drawBlock: 12n, requestId, pixelRoot, imageCid, metadataCid: fileCid(document) },
    model: {
      task: 1,
      canonicalHash: keccak256(model),
      onnxHash: keccak256("0x01"),
      attestationKey: attester.address,
      manifestURI: "",
    },
    ...{ request, receipt, signature, image, document },
    output: encodeAbiParameters(OUTPUT, [{ pixelRoot, imageCid }]),
    ...{ assurance: OPTIMISTIC, status: ANSWERED, held: OPTIMISTIC, proposal: undefined, certified: true },
  };
}

/** keccak256(abi.encode(struct)): the struct is one dynamic tuple, so the first word is 0x20. */
function hashOf(types, values) {
  const body = encodeAbiParameters(
    types.map((type) => ({ type })),
    values,
  );
  return keccak256(`0x${"20".padStart(64, "0")}${body.slice(2)}`);
}
