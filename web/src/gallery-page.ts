// The collection at a glance: a small picture for each token, the newest first, each drawn when it comes into view.
import { drawingOf, isCancelled, readBlueprint, readCollection, readToken, Stage } from "@verdigris/sdk";
import { checkChain, connectInBatches } from "./chain.ts";
import type { Context } from "./context.ts";
import { poll } from "./poll.ts";
import { findings } from "./verdict.ts";
import { type Card, createGallery, type Gallery } from "./view/gallery.ts";
import { showNavigation } from "./view/navigation.ts";
import { showOpening } from "./view/notice.ts";
import { rowsOnto } from "./view/picture.ts";

const pollMs = () => 2_000;

/** Shows the collection, and goes on adding what is minted. */
export async function showGalleryPage({ config, painter }: Context): Promise<void> {
  const context = { config, painter, client: connectInBatches(config) };
  const { client } = context;
  showOpening("The collection");
  let gallery: Gallery | undefined;
  let supply = -1n;
  await poll(pollMs, async () => {
    const isRight = supply >= 0n || checkChain(client, config);
    const [collection] = await Promise.all([readCollection(client, { address: config.art }), isRight]);
    if (collection.supply !== supply) {
      supply = collection.supply;
      showNavigation(supply);
      gallery ??= createGallery({ onSeen: (card, signal) => hang(context, card, signal) });
      gallery.show(collection);
    }
    return false;
  });
}

/** Draws a card's picture, as soon as the token has its seed, and goes on until the picture is attested. */
async function hang(context: Context, card: Card, signal: AbortSignal): Promise<void> {
  const token = { address: context.config.art, tokenId: card.tokenId };
  let isDrawn = false;
  await poll(pollMs, async () => {
    if (signal.aborted) return true;
    const blueprint = isDrawn ? undefined : readBlueprint(context.client, token);
    const { stage } = await readToken(context.client, token);
    card.showStage(stage);
    if (stage === Stage.Minted) {
      await blueprint;
      return false;
    }
    if (blueprint) await draw(context, card, await blueprint, signal);
    isDrawn = true;
    return stage === Stage.Fulfilled;
  });
}

async function draw(
  { painter }: Context,
  card: Card,
  blueprint: Awaited<ReturnType<typeof readBlueprint>>,
  signal: AbortSignal,
): Promise<void> {
  if (blueprint.model === "0x") return card.showEmpty("Drawn off chain");
  if (signal.aborted) return;
  try {
    const canvas = card.makeCanvas();
    const drawing = drawingOf(blueprint);
    const options = { size: canvas.width, signal, onRows: rowsOnto(canvas) };
    await painter.paint(drawing, options);
    findings.hung.add(card.tokenId.toString());
    // Smooth edges take four times as long, and wait until every frame has its picture.
    await painter.paint(drawing, { ...options, smooth: true, patient: true });
  } catch (error) {
    if (isCancelled(error)) return;
    console.warn(error);
    card.showEmpty("Can’t be drawn here");
  }
}
