// Checks that the receipt answers exactly what was asked: this seed, these traits, this size, this title.
import { parseMetadata } from "../files/metadata.ts";
import { pictureInputHash } from "../inference/picture.ts";
import { type Check, compare, fails } from "./check.ts";

export const inputCheck: Check = {
  id: "input",
  title: "The receipt answers this token’s question",
  needs: "answer",
  async run({ blueprint, answer, document }) {
    const [{ request, receipt }, bytes] = await Promise.all([answer(), document()]);
    const { stages, size, seed, traits } = blueprint;
    const asked = pictureInputHash({ stages, size, seed, traits, title: parseMetadata(bytes).name });
    if (request.inputHash !== asked) {
      return fails("Seed, traits, size and title don’t hash to what the token asked.", request.inputHash, asked);
    }
    return compare(receipt.inputHash, asked, {
      holds: "Seed, traits, size and title hash to the input in the receipt.",
      fails: "Seed, traits, size and title don’t hash to the input in the receipt.",
    });
  },
};
