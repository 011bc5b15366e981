// Checks the small picture that the contract draws by itself, pixel by pixel.

import { Failure } from "../failure.ts";
import { THUMBNAIL } from "../token/drawing.ts";
import type { Check } from "./check.ts";
import { comparePixels } from "./compare.ts";

export const chainThumbnailCheck: Check = {
  id: "chainThumbnail",
  title: "The contract’s own drawing is the same",
  needs: "seed",
  spare: true,
  async run({ thumbnail, chainThumbnail }) {
    const [{ size, proof }, rgb] = [await thumbnail(), await chainThumbnail()];
    if (!proof) throw new Failure("The picture was drawn without keeping its pixels.");
    return comparePixels(
      { width: THUMBNAIL, height: THUMBNAIL, rgb },
      { size, rgba: proof.rgba },
      {
        holds: `All ${(size * size).toLocaleString("en")} pixels that the network drew inside the Ethereum virtual machine are those drawn here at that size.`,
        size: "The contract’s drawing has another size.",
      },
    );
  },
};
