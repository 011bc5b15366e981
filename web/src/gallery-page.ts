// The collection at a glance: a small picture for each token, the newest first, each drawn when it comes into view.
import { drawingOf, readBlueprint, readCollection, readToken, Stage } from "@verdigris/sdk";
import { checkChain } from "./chain.ts";
import type { Context } from "./context.ts";
import { poll } from "./poll.ts";
import { type Card, createGallery, type Gallery } from "./view/gallery.ts";
import { showNavigation } from "./view/navigation.ts";
import { showOpening } from "./view/notice.ts";
import { rowsOnto } from "./view/picture.ts";

const pollMs = () => 2_000;

/** Shows the collection, and goes on adding what is minted. */
export async function showGalleryPage(context: Context): Promise<void> {
  const { client, config } = context;
  showOpening("The collection");
  let gallery: Gallery | undefined;
  let supply = -1n;
  await poll(pollMs, async () => {
    if (supply < 0n) await checkChain(client, config);
    const collection = await readCollection(client, { address: config.art });
    if (collection.supply !== supply) {
      supply = collection.supply;
      showNavigation(supply);
      gallery ??= createGallery((card) => void hang(context, card));
      gallery.show(collection);
    }
    return false;
  });
}

/** Draws a card's picture, as soon as the token has its seed. */
async function hang({ client, config, painter }: Context, card: Card): Promise<void> {
  await poll(pollMs, async () => {
    const { stage } = await readToken(client, { address: config.art, tokenId: card.tokenId });
    card.showStage(stage);
    return stage !== Stage.Minted;
  });
  try {
    const blueprint = await readBlueprint(client, { address: config.art, tokenId: card.tokenId });
    if (blueprint.model === "0x") return card.showEmpty("Drawn off chain");
    const canvas = card.makeCanvas();
    await painter.paint(drawingOf(blueprint), { size: canvas.width, smooth: true, onRows: rowsOnto(canvas) });
  } catch (error) {
    console.warn(error);
    card.showEmpty("Can’t be drawn here");
  }
}
