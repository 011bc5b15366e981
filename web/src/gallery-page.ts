// The collection at a glance: a small picture for each token, the newest first, each drawn when it comes into view.
import {
  type Drawing,
  drawingOf,
  isCancelled,
  once,
  readBlueprint,
  readCollection,
  readSeed,
  readToken,
  Stage,
} from "@verdigris/sdk";
import { hexToBytes, zeroHash } from "viem";
import { checkChain, connectInBatches } from "./chain.ts";
import type { Context } from "./context.ts";
import { poll } from "./poll.ts";
import { findings } from "./verdict.ts";
import { type Brush, createBrush } from "./view/brush.ts";
import { type Card, createGallery, type Gallery } from "./view/gallery.ts";
import { showNavigation } from "./view/navigation.ts";
import { showOpening } from "./view/notice.ts";

const pollMs = () => 2_000;

/** Shows the collection, and goes on adding what is minted. */
export async function showGalleryPage({ config, painter }: Context): Promise<void> {
  const client = connectInBatches(config);
  const readShared = once(async () => {
    const blueprint = await readBlueprint(client, { address: config.art, tokenId: 1n });
    return blueprint.model === "0x" ? undefined : drawingOf(blueprint);
  });
  const hall = { config, painter, client, readShared, brush: createBrush() };
  showOpening("The collection");
  let gallery: Gallery | undefined;
  let supply = -1n;
  await poll(pollMs, async () => {
    const isRight = supply >= 0n || checkChain(client, config);
    const [collection] = await Promise.all([readCollection(client, { address: config.art }), isRight]);
    if (collection.supply !== supply) {
      supply = collection.supply;
      showNavigation(supply);
      gallery ??= createGallery({ onSeen: (card, signal) => hang(hall, card, signal) });
      gallery.show(collection);
    }
    return false;
  });
}

/** The page's connections, and what all pieces are drawn with. */
interface Hall extends Context {
  /** Some piece's drawing, whose model and stages are the collection's; none if that model is kept off chain. */
  readShared: () => Promise<Drawing | undefined>;
  brush: Brush;
}

/** Draws a card's picture, as soon as the token has its seed, and says where the token is until it is attested. */
async function hang(hall: Hall, card: Card, signal: AbortSignal): Promise<void> {
  const drawing = await awaitDrawing(hall, card, signal);
  if (!drawing || signal.aborted) return;
  const canvas = card.makeCanvas();
  const options = { size: canvas.width, signal, onRows: hall.brush.onto(canvas) };
  try {
    await hall.painter.paint(drawing, options);
    hall.brush.soon(() => findings.hung.add(card.tokenId.toString()));
    // Smooth edges take four times as long, and wait until every frame has its picture.
    await hall.painter.paint(drawing, { ...options, smooth: true, patient: true });
  } catch (error) {
    if (isCancelled(error)) return;
    console.warn(error);
    return card.showEmpty("Can’t be drawn here");
  }
  await follow(hall, card, signal);
}

/** What a token is drawn from, once it has its seed; nothing if it can't be known, or nobody looks any more. */
async function awaitDrawing({ config, client, readShared }: Hall, card: Card, signal: AbortSignal) {
  let drawing: Drawing | undefined;
  await poll(pollMs, async () => {
    if (signal.aborted) return true;
    const token = { address: config.art, tokenId: card.tokenId };
    const [shared, { seed, traits }] = await Promise.all([readShared(), readSeed(client, token)]);
    if (!shared) card.showEmpty("Drawn off chain");
    else if (seed === zeroHash) card.showStage(Stage.Minted);
    else drawing = { ...shared, seed: hexToBytes(seed), traits: hexToBytes(traits) };
    return seed !== zeroHash || !shared;
  });
  return drawing;
}

/** Says where a token is, until it is where it stays. */
function follow({ config, client }: Hall, card: Card, signal: AbortSignal): Promise<void> {
  return poll(pollMs, async () => {
    if (signal.aborted) return true;
    const { stage } = await readToken(client, { address: config.art, tokenId: card.tokenId });
    card.showStage(stage);
    return stage === Stage.Fulfilled;
  });
}
