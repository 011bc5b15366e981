// Mints a piece, and goes with it from the transaction until its answer is final.
import {
  asFailure,
  decodePictureOutput,
  drawingOf,
  fetchPinned,
  fileCid,
  findProposed,
  formatCid,
  gatewayUrl,
  mintToken,
  parseMetadata,
  readBlueprint,
  readClockLead,
  readCollection,
  readMetadata,
  readMinted,
  readState,
  readTraits,
  Stage,
  type State,
  Status,
  sayTraits,
} from "@verdigris/sdk";
import type { Hash, Hex } from "viem";
import { checkChain } from "./chain.ts";
import type { Context } from "./context.ts";
import { type Journey, STEPS, type Step, stepAhead, stepsTaken } from "./mint-steps.ts";
import { poll } from "./poll.ts";
import { h } from "./view/element.ts";
import { sayWhoMustBeHonest } from "./view/level-words.ts";
import { type MintView, type StepShown, showMintView } from "./view/mint-view.ts";
import { showNavigation, tokenAddress } from "./view/navigation.ts";
import { showOpening } from "./view/notice.ts";
import { shorten } from "./view/short.ts";
import { createWalletChooser, type WithWallet } from "./view/wallet-chooser.ts";
import { refusalOf } from "./wallet/refusal.ts";

const POLL_MS = 700;
/** A picture of 4096 × 4096 stays below this even where nothing compresses. */
const MOST_IMAGE_BYTES = 64 * 2 ** 20;

/** What the page goes on with: a token that is minted already, or a transaction that was sent. */
export interface Begun {
  tokenId: bigint | undefined;
  hash: Hash | undefined;
}

/** Offers a piece, or goes on with one. */
export async function showMintPage(context: Context, { tokenId, hash }: Begun): Promise<void> {
  const { client, config, painter } = context;
  showOpening("Mint a piece");
  const read = () => readCollection(client, { address: config.art });
  let collection: Awaited<ReturnType<typeof read>> | undefined;
  await poll(
    () => POLL_MS,
    async () => {
      await checkChain(client, config);
      collection = await read();
      return true;
    },
  );
  if (!collection) return;
  showNavigation(collection.supply);
  const withWallet = createWalletChooser(config, client);
  const view = showMintView(painter, () => void mint());
  const journey: Journey = { assurance: collection.assurance, tokenId };
  const mint = async () => {
    view.explain(undefined);
    view.showBusy(true);
    const hash = await send(context, view, withWallet);
    view.showBusy(false);
    if (hash) await arrive(context, view, journey, hash);
  };
  if (tokenId !== undefined) return follow(context, view, journey);
  if (hash) return arrive(context, view, journey, hash);
  view.picture.describe("An empty frame for the piece to come.");
  if (collection.supply > 0n)
    startDrawing(context, view, collection.supply, `No. ${collection.supply}, the newest piece`);
  const words = "A small neural network draws it from a seed that nobody knows yet: the hash of the block after next.";
  view.showTitle("Mint a piece", words);
  view.showOffer(collection);
}

/** Sends the transaction; says why if that can't be done. */
async function send({ config }: Context, view: MintView, withWallet: WithWallet): Promise<Hash | undefined> {
  try {
    return await withWallet((sender) => mintToken(sender, { address: config.art }));
  } catch (error) {
    view.explain(refusalOf(error));
    return undefined;
  }
}

/** Waits for the transaction's block, and goes on with its token. */
async function arrive(context: Context, view: MintView, journey: Journey, hash: Hash): Promise<void> {
  const { client, config } = context;
  journey.hash = hash;
  // Whoever comes back, or reloads, goes on here and doesn't mint a second one.
  history.replaceState(undefined, "", `?mint&tx=${hash}`);
  view.showTitle("On its way", "The transaction waits for a block. You may leave this page, and come back.");
  show(view, journey);
  try {
    journey.tokenId = (await readMinted(client, { address: config.art, hash, timeout: 0 })).tokenId;
  } catch (error) {
    return view.explain(refusalOf(error));
  }
  history.replaceState(undefined, "", `?mint=${journey.tokenId}`);
  await follow(context, view, journey);
}

/** Shows each step as it is taken, until the answer is final. */
async function follow(context: Context, view: MintView, journey: Journey): Promise<void> {
  const { client, config } = context;
  const token = { address: config.art, tokenId: journey.tokenId as bigint };
  view.showTitle(`No. ${token.tokenId}`, "It goes its way by itself: you may leave this page, and come back.");
  view.showNext(h("a", { href: tokenAddress(token.tokenId) }, `To the page of No. ${token.tokenId}`));
  let isDrawing = false;
  let isAsking = false;
  const askGateway = async (state: State) => {
    if (journey.isPinned || isAsking) return;
    isAsking = true;
    journey.isPinned = await isPinned(context, state).catch(() => false);
    isAsking = false;
    show(view, journey);
  };
  await poll(
    () => POLL_MS,
    async () => {
      const state = await readState(client, { ...token, hub: config.hub });
      journey.state = state;
      if (state.token.stage === Stage.Minted) await showPlaceholder(context, view, token.tokenId);
      else if (!isDrawing) isDrawing = startDrawing(context, view, token.tokenId);
      void askGateway(state); // may take long, which nothing else waits for
      await showWindow(context, view, state);
      show(view, journey);
      const isFinal = stepAhead(stepsTaken(journey)) === undefined;
      if (isFinal) view.showTitle(`No. ${token.tokenId}`, "Its picture is final.");
      return isFinal;
    },
  );
}

async function showPlaceholder({ client, config }: Context, { picture }: MintView, tokenId: bigint): Promise<void> {
  const json = await readMetadata(client, { address: config.art, tokenId });
  const { image } = parseMetadata(new TextEncoder().encode(json));
  picture.describe("A placeholder: the seed isn’t drawn yet.");
  if (image.startsWith("data:image/")) picture.showPlaceholder(image);
}

/** Draws the picture here, long before it is attested. */
function startDrawing({ client, config }: Context, { picture }: MintView, tokenId: bigint, name?: string): true {
  const draw = async () => {
    const blueprint = await readBlueprint(client, { address: config.art, tokenId });
    if (BigInt(blueprint.seed) === 0n || blueprint.model === "0x") return;
    picture.describe(`Abstract picture: ${sayTraits(readTraits(blueprint.traits))}. Drawn by your browser.`);
    await picture.draw(drawingOf(blueprint), blueprint.size, name);
  };
  draw().catch((error: unknown) => picture.explain(asFailure(error)));
  return true;
}

/** Whether the picture's file is there, and is the one that the answer names. */
async function isPinned({ client, config }: Context, state: State): Promise<boolean> {
  const cid = await imageOf(state);
  if (!cid) return false;
  const file = await fetchPinned(gatewayUrl(config.gateway, cid), { what: "picture", limit: MOST_IMAGE_BYTES }).catch(
    () => undefined,
  );
  return file !== undefined && fileCid(file) === cid;

  async function imageOf(state: State): Promise<Hex | undefined> {
    if (state.token.stage === Stage.Fulfilled) return state.token.imageCid;
    const proposed = await findProposed(client, config.hub, state);
    return proposed && decodePictureOutput(proposed.output).imageCid;
  }
}

async function showWindow({ client }: Context, { window }: MintView, { token, standing }: State): Promise<void> {
  if (!standing?.proposal || token.stage === Stage.Fulfilled) return window.hide();
  window.show(standing.proposal, await readClockLead(client).catch(() => 0));
}

function show(view: MintView, journey: Journey): void {
  const taken = stepsTaken(journey);
  const ahead = stepAhead(taken);
  const shown = (step: Step): StepShown => {
    const state = taken.has(step) ? "taken" : step === ahead ? "waiting" : "ahead";
    return { state, says: state === "ahead" ? "" : SAYS[step](journey, state === "taken") };
  };
  view.showSteps(new Map(STEPS.map((step) => [step, shown(step)])));
}

type Say = (journey: Journey, isTaken: boolean) => string;

const SAYS: Record<Step, Say> = {
  sent: ({ hash }) => (hash ? `Transaction ${shorten(hash)}.` : ""),
  minted: ({ tokenId }, isTaken) => (isTaken ? `It is No. ${tokenId}.` : "The transaction waits for a block."),
  drawn: ({ state }, isTaken) => {
    if (isTaken) return `From the hash of block ${state?.token.drawBlock}. Your browser draws it already.`;
    return state ? `The seed comes from the hash of block ${state.token.drawBlock}.` : "";
  },
  inferred: ({ state }, isTaken) => {
    if (isTaken) return "An operator has run the network.";
    const isOver = state?.standing?.status === Status.Expired;
    if (isOver) return "No answer came in time. The seed stays, and anyone can ask for the picture again.";
    return "An operator runs the network.";
  },
  pinned: ({ state }, isTaken) => {
    const cid = state?.token.stage === Stage.Fulfilled ? ` as ${shorten(formatCid(state.token.imageCid))}` : "";
    return isTaken ? `The picture is on IPFS${cid}, and is what its address says.` : "The gateway is asked for it.";
  },
  fulfilled: ({ assurance, state }, isTaken) => {
    if (isTaken) return "The collection has taken the answer.";
    const isKept = state?.standing?.status === Status.Answered;
    if (isKept) return "The hub has accepted an answer that hasn’t reached the token. Anyone can deliver it.";
    return assurance === "Optimistic" ? "The answer is open to challenge first." : "The contract checks the evidence.";
  },
  final: ({ state }, isTaken) => {
    const held = state?.standing?.held;
    if (isTaken && held) return `It holds level ${held}. ${sayWhoMustBeHonest(held)}`;
    const isRefuted = state?.standing?.status === Status.Refuted;
    return isRefuted
      ? "The answer was refuted by evidence of a higher level. Anyone can ask for the picture again."
      : "";
  },
};
