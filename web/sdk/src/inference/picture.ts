// What a picture model is asked and what it answers, as the hub takes and keeps them (docs/protocol.md).
import { decodeAbiParameters, encodeAbiParameters, type Hex, keccak256 } from "viem";

const INPUT = [
  {
    type: "tuple",
    components: [
      { name: "stages", type: "uint32" },
      { name: "size", type: "uint16" },
      { name: "seed", type: "bytes32" },
      { name: "traits", type: "bytes32" },
      { name: "title", type: "string" },
    ],
  },
] as const;

const OUTPUT = [
  {
    type: "tuple",
    components: [
      { name: "pixelRoot", type: "bytes32" },
      { name: "imageCid", type: "bytes" },
    ],
  },
] as const;

/** What a picture model is asked. */
export interface PictureInput {
  stages: number;
  /** Width and height in pixels. */
  size: number;
  seed: Hex;
  traits: Hex;
  /** The token's name, at most 64 bytes. */
  title: string;
}

/** What a picture model answers. */
export interface PictureOutput {
  /** Merkle root over the picture's tiles. */
  pixelRoot: Hex;
  /** Binary CIDv1 of the PNG. */
  imageCid: Hex;
}

/** The input as the hub takes it: abi.encode(PictureInput). */
export function encodePictureInput(input: PictureInput): Hex {
  return encodeAbiParameters(INPUT, [input]);
}

/** The question that an input holds; throws where it holds none. */
export function decodePictureInput(input: Hex): PictureInput {
  return decodeAbiParameters(INPUT, input)[0];
}

/** Hash of the input, as requests and receipts have it. */
export function pictureInputHash(input: PictureInput): Hex {
  return keccak256(encodePictureInput(input));
}

/** The output that an answer holds; throws where it holds none. */
export function decodePictureOutput(output: Hex): PictureOutput {
  return decodeAbiParameters(OUTPUT, output)[0];
}

/** Hash of the output, as receipts have it: keccak256(abi.encode(PictureOutput)). */
export function pictureOutputHash({ pixelRoot, imageCid }: PictureOutput): Hex {
  return keccak256(encodeAbiParameters(OUTPUT, [{ pixelRoot, imageCid }]));
}
