// Has one token's picture drawn, each way once: by this browser, large and small, and by the contract.
import {
  type Blueprint,
  createDrawings,
  type Drawings,
  drawingOf,
  imageBytes,
  once,
  parseTokenUri,
  readThumbnail,
  readTokenUri,
} from "@verdigris/sdk";
import type { Context } from "./context.ts";
import { findings } from "./verdict.ts";
import type { TokenView } from "./view/token-view.ts";

/** A token whose present picture is drawn. */
export interface Shown {
  tokenId: bigint;
  blueprint: Blueprint;
  /** Whether the frame shows something else just now, and must not be drawn over. */
  isHidden(): boolean;
}

/** What is drawn of a token that has its seed; nothing is drawn before somebody asks for it. */
export function createShownDrawings(
  context: Context,
  view: TokenView,
  { tokenId, blueprint, isHidden }: Shown,
): Drawings {
  const { client, config, painter } = context;
  const { picture, chainDrawing } = view;
  const token = { address: config.art, tokenId };
  return {
    ...createDrawings(client, { ...token, blueprint, painter }),
    painted: once(async () => {
      const { size } = blueprint;
      const drawing = drawingOf(blueprint);
      const painted = await (isHidden() ? painter.paint(drawing, { size, proof: true }) : picture.draw(drawing, size));
      findings.drawMs = painted.ms;
      findings.pixelRoot.redrawn = painted.proof?.pixelRoot;
      return painted;
    }),
    chainThumbnail: once(async () => {
      try {
        chainDrawing.start();
        return await readThumbnail(client, { ...token, onRows: chainDrawing.showRows });
      } catch (error) {
        chainDrawing.explain(error);
        throw error;
      }
    }),
    tokenUri: once(async () => {
      const uri = await readTokenUri(client, token);
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
