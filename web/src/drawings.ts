// Has one token's picture drawn, each way once: by this browser, large and small, and by the contract.
import { readPixel, readThumbnail, readTokenUri, THUMBNAIL } from "./chain/drawing.ts";
import type { Blueprint } from "./chain/token.ts";
import type { Context } from "./context.ts";
import { Failure } from "./failure.ts";
import { imageBytes, parseTokenUri } from "./metadata.ts";
import { once } from "./once.ts";
import { drawingOf } from "./painter/painter.ts";
import { findings } from "./verdict.ts";
import type { Drawings } from "./verify/check.ts";
import type { TokenView } from "./view/token-view.ts";

/** What is drawn of a token that has its seed; nothing is drawn before somebody asks for it. */
export function createDrawings(context: Context, view: TokenView, tokenId: bigint, blueprint: Blueprint): Drawings {
  const { client, config, painter } = context;
  const { picture, chainDrawing } = view;
  const drawing = () => {
    if (blueprint.model !== "0x") return drawingOf(blueprint);
    throw new Failure("The network’s weights are kept off chain, so this page can’t redraw the picture.");
  };
  return {
    painted: once(async () => {
      const painted = await picture.draw(drawing(), blueprint.size);
      findings.drawMs = painted.ms;
      findings.pixelRoot.redrawn = painted.proof?.pixelRoot;
      return painted;
    }),
    thumbnail: once(async () => painter.paint(drawing(), { size: THUMBNAIL, proof: true })),
    chainPixel: (place) => readPixel(client, config, tokenId, blueprint.size, place),
    chainThumbnail: once(async () => {
      try {
        chainDrawing.start();
        return await readThumbnail(client, config, tokenId, chainDrawing.showRows);
      } catch (error) {
        chainDrawing.explain(error);
        throw error;
      }
    }),
    tokenUri: once(async () => {
      const uri = await readTokenUri(client, config, tokenId);
      chainDrawing.showFile(pngIn(uri));
      return uri;
    }),
  };
}

/** The PNG that a token carries; nothing if it carries none, which is for the check to say. */
function pngIn(uri: string): Uint8Array | undefined {
  try {
    return imageBytes(parseTokenUri(uri).image);
  } catch {
    return undefined;
  }
}
