// Checks that the image which the token itself carries, and wallets show, is the contract's own drawing.
import { Failure } from "../failure.ts";
import { imageBytes, parseTokenUri } from "../files/metadata.ts";
import { decodePng, type Pixels } from "../files/png.ts";
import { type Check, fails } from "./check.ts";
import { comparePixels } from "./compare.ts";

export const tokenImageCheck: Check = {
  id: "tokenImage",
  title: "The token carries its picture inside itself",
  needs: "seed",
  spare: true,
  async run({ thumbnail, chainThumbnail, tokenUri }) {
    await chainThumbnail(); // where the contract can't draw, the token carries no drawing
    const [{ size, proof }, uri] = [await thumbnail(), await tokenUri()];
    if (!proof) throw new Failure("The picture was drawn without keeping its pixels.");
    const read = await readImage(uri).catch((error: unknown) => error);
    if (read instanceof Failure)
      return fails(read.message, `a PNG of ${size} × ${size} pixels`, `${uri.slice(0, 64)}…`);
    if (read instanceof Error) throw read;
    const { file, pixels } = read as Awaited<ReturnType<typeof readImage>>;
    const bytes = file.length.toLocaleString("en");
    return comparePixels(
      pixels,
      { size, rgba: proof.rgba },
      {
        holds: `What wallets show comes from the chain alone: a PNG of ${bytes} bytes, drawn and packed in the contract.`,
        size: "The token’s image has another size.",
      },
    );
  },
};

async function readImage(uri: string): Promise<{ file: Uint8Array; pixels: Pixels }> {
  const file = imageBytes(parseTokenUri(uri).image);
  return { file, pixels: await decodePng(file) };
}
