// The part of the contracts' words that this orchestrator speaks.
import { parseAbi, parseAbiParameters } from "viem";

export const HUB_ABI = parseAbi([
  "event InferenceRequested(bytes32 indexed requestId, bytes32 indexed modelId, address indexed consumer, bytes input, uint8 level, uint32 callbackGas, uint64 deadline)",
  "struct Receipt { bytes32 requestId; bytes32 modelId; bytes32 inputHash; bytes32 outputHash; bytes32 contentHash; uint64 issuedAt; }",
  "function fulfil(Receipt receipt, bytes output, bytes signature)",
]);

export const PICTURE_INPUT = parseAbiParameters([
  "PictureInput input",
  "struct PictureInput { uint32 stages; uint16 size; bytes32 seed; bytes32 traits; string title; }",
]);

export const PICTURE_OUTPUT = parseAbiParameters([
  "PictureOutput output",
  "struct PictureOutput { bytes32 pixelRoot; bytes imageCid; }",
]);

/** EIP-712 types of a receipt. */
export const RECEIPT_TYPES = {
  Receipt: [
    { name: "requestId", type: "bytes32" },
    { name: "modelId", type: "bytes32" },
    { name: "inputHash", type: "bytes32" },
    { name: "outputHash", type: "bytes32" },
    { name: "contentHash", type: "bytes32" },
    { name: "issuedAt", type: "uint64" },
  ],
};

/** `Assurance.Attested`: the answer counts by the receipt alone. */
export const ATTESTED = 0;
