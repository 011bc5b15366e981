// Checks that the receipt signs for exactly the answer that the chain shows.
import { encodeAbiParameters, type Hex, keccak256 } from "viem";
import { type Check, compare } from "./check.ts";

/** How a picture model's answer is encoded. */
export const PICTURE_OUTPUT = [
  {
    type: "tuple",
    components: [
      { name: "pixelRoot", type: "bytes32" },
      { name: "imageCid", type: "bytes" },
    ],
  },
] as const;

/** A picture model's answer. */
export interface PictureOutput {
  pixelRoot: Hex;
  /** Binary CIDv1 of the PNG. */
  imageCid: Hex;
}

/** Hash of a picture model's answer: keccak256(abi.encode(PictureOutput)). */
export function outputHash(output: PictureOutput): Hex {
  return keccak256(encodeAbiParameters(PICTURE_OUTPUT, [output]));
}

export const outputCheck: Check = {
  id: "output",
  title: "The receipt names this picture",
  needs: "answer",
  async run({ token, answer }) {
    const { receipt } = await answer();
    return compare(receipt.outputHash, outputHash(token), {
      holds: "Pixel root and CID on chain hash to the output in the receipt.",
      fails: "Pixel root and CID on chain don’t hash to the output in the receipt.",
    });
  },
};
