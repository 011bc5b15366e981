// Checks that the picture drawn here is the one that the chain committed to.
import { Failure } from "../failure.ts";
import { type Check, compare } from "./check.ts";

export const pixelRootCheck: Check = {
  id: "pixelRoot",
  title: "Drawn again here, it is the attested picture",
  needs: "answer",
  async run({ token, painted }) {
    const { proof, size } = await painted();
    if (!proof) throw new Failure("The picture was drawn without its root.");
    const pixels = (size * size).toLocaleString("en");
    return compare(token.pixelRoot, proof.pixelRoot, {
      holds: `All ${pixels} pixels lead to the pixel root on chain.`,
      fails: "The pixels drawn here lead to another root than the one on chain.",
    });
  },
};
