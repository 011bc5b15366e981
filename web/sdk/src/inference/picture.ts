// What a picture model is asked and what it answers, as the hub takes and keeps them (docs/protocol.md).
import {
  decodeAbiParameters,
  encodeAbiParameters,
  type Hex,
  hexToString,
  keccak256,
  size,
  stringToHex,
  zeroHash,
} from "viem";
import { Failure } from "../failure.ts";

/** The title as the chain has it: bytes, which need not be text. */
const INPUT = [
  {
    type: "tuple",
    components: [
      { name: "stages", type: "uint32" },
      { name: "size", type: "uint16" },
      { name: "seed", type: "bytes32" },
      { name: "traits", type: "bytes32" },
      { name: "title", type: "bytes" },
    ],
  },
] as const;
/** `PictureCodec`'s bounds. */
const MAX_SIZE = 4096;
const MAX_TITLE = 64;
/** A binary CIDv1 of SHA-256: of a file, or of a tree over one. */
const CID = /^0x01(55|70)1220[0-9a-f]{64}$/;

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
  return encodeAbiParameters(INPUT, [{ ...input, title: stringToHex(input.title) }]);
}

/** The question that an input holds; throws where it holds none, as strictly as the hub. */
export function decodePictureInput(input: Hex): PictureInput {
  const [read] = decodeAbiParameters(INPUT, input);
  const isExact = encodeAbiParameters(INPUT, [read]) === input.toLowerCase();
  if (!isExact || read.size < 1 || read.size > MAX_SIZE || size(read.title) > MAX_TITLE) {
    throw new Failure("The input is no standard encoding of what a picture model is asked.");
  }
  return { ...read, title: hexToString(read.title) };
}

/** Hash of the input, as requests and receipts have it. */
export function pictureInputHash(input: PictureInput): Hex {
  return keccak256(encodePictureInput(input));
}

/** The output that an answer holds; throws where it holds none, as strictly as the hub. */
export function decodePictureOutput(output: Hex): PictureOutput {
  const [read] = decodeAbiParameters(OUTPUT, output);
  const isExact = encodeAbiParameters(OUTPUT, [read]) === output.toLowerCase();
  if (!isExact || read.pixelRoot === zeroHash || !CID.test(read.imageCid)) {
    throw new Failure("The output is no standard encoding of a picture’s root and its file’s CID.");
  }
  return read;
}

/** Hash of the output, as receipts have it: keccak256(abi.encode(PictureOutput)). */
export function pictureOutputHash({ pixelRoot, imageCid }: PictureOutput): Hex {
  return keccak256(encodeAbiParameters(OUTPUT, [{ pixelRoot, imageCid }]));
}
