// Checks that the receipt answers exactly what was asked: this seed, these traits, this size, this title.
import { encodeAbiParameters, type Hex, keccak256 } from "viem";
import { parseMetadata } from "../metadata.ts";
import { type Check, compare, fails } from "./check.ts";

const PICTURE_INPUT = [
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

/** What a picture model is asked. */
export interface PictureInput {
  stages: number;
  size: number;
  seed: Hex;
  traits: Hex;
  title: string;
}

/** What a picture model is asked, as the hub takes it: abi.encode(PictureInput). */
export function encodeInput(input: PictureInput): Hex {
  return encodeAbiParameters(PICTURE_INPUT, [input]);
}

/** Its hash. */
export function inputHash(input: PictureInput): Hex {
  return keccak256(encodeInput(input));
}

export const inputCheck: Check = {
  id: "input",
  title: "The receipt answers this token’s question",
  needs: "answer",
  async run({ blueprint, answer, document }) {
    const [{ request, receipt }, bytes] = await Promise.all([answer(), document()]);
    const { stages, size, seed, traits } = blueprint;
    const asked = inputHash({ stages, size, seed, traits, title: parseMetadata(bytes).name });
    if (request.inputHash !== asked) {
      return fails("Seed, traits, size and title don’t hash to what the token asked.", request.inputHash, asked);
    }
    return compare(receipt.inputHash, asked, {
      holds: "Seed, traits, size and title hash to the input in the receipt.",
      fails: "Seed, traits, size and title don’t hash to the input in the receipt.",
    });
  },
};
