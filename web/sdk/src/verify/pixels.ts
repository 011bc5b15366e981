// Checks that the pinned picture shows exactly what was drawn here.
import { Failure } from "../failure.ts";
import { decodePng, type Pixels } from "../files/png.ts";
import { type Check, fails } from "./check.ts";
import { comparePixels } from "./compare.ts";

export const pixelsCheck: Check = {
  id: "pixels",
  title: "Pinned and redrawn pixels are equal",
  needs: "answer",
  async run({ image, painted }) {
    const [file, { size, proof }] = await Promise.all([image(), painted()]);
    if (!proof) throw new Failure("The picture was drawn without keeping its pixels.");
    const pinned = await decodePng(file).catch((error: unknown) => error);
    if (pinned instanceof Failure)
      return fails(
        `Pinned file: ${pinned.message}`,
        `a PNG of ${size} × ${size} pixels`,
        "a damaged or different file",
      );
    if (pinned instanceof Error) throw pinned;
    return comparePixels(
      pinned as Pixels,
      { size, rgba: proof.rgba },
      {
        holds: "Every pixel of the pinned file is the pixel drawn here.",
        size: "The pinned picture has another size.",
      },
    );
  },
};
