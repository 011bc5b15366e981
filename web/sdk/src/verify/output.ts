// Checks that the receipt signs for exactly the answer that the chain shows.
import { pictureOutputHash } from "../inference/picture.ts";
import { type Check, compare } from "./check.ts";

export const outputCheck: Check = {
  id: "output",
  title: "The receipt names this picture",
  needs: "answer",
  async run({ token, answer }) {
    const { receipt } = await answer();
    return compare(receipt.outputHash, pictureOutputHash(token), {
      holds: "Pixel root and CID on chain hash to the output in the receipt.",
      fails: "Pixel root and CID on chain don’t hash to the output in the receipt.",
    });
  },
};
