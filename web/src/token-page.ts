// One token's page: follows the token from its mint to its picture and beyond, draws it and has it examined.
import {
  asFailure,
  type Collection,
  type Evidence,
  Failure,
  findProposed,
  gatewayUrl,
  gatherEvidence,
  isCancelled,
  type Known,
  type Level,
  type Metadata,
  parseMetadata,
  raiseInference,
  readBlueprint,
  readCollection,
  readMetadata,
  readOwner,
  readState,
  Stage,
  type State,
  stateKey,
} from "@verdigris/sdk";
import type { Address } from "viem";
import { checkChain } from "./chain.ts";
import type { Context } from "./context.ts";
import { createShownDrawings } from "./drawings.ts";
import { createExamination, type Examination } from "./examine.ts";
import { createHistory, type History } from "./history.ts";
import { pause, poll } from "./poll.ts";
import { readRaising, showAssurance, showToken } from "./show-token.ts";
import { findings } from "./verdict.ts";
import { showNavigation } from "./view/navigation.ts";
import { showMissingToken, showOpening } from "./view/notice.ts";
import { showTokenView, type TokenView } from "./view/token-view.ts";
import { createWalletChooser } from "./view/wallet-chooser.ts";
import { refusalOf } from "./wallet/refusal.ts";

/** How often the chain is asked while the next step is still to come. */
const POLL_MS = 1_000;
/** How often it is asked about a picture that is there: its answer can still be raised, or refuted. */
const CALM_POLL_MS = 5_000;
/** How often checks that couldn't run are tried again. */
const RETRY_MS = 4_000;

/** Shows a token, and what changes of it, for as long as the page is open. */
export async function showTokenPage(context: Context, tokenId: bigint): Promise<void> {
  findings.token = tokenId.toString();
  showOpening(`No. ${tokenId}`);
  const collection = await waitForToken(context, tokenId);
  showNavigation(collection.supply, tokenId);
  let before: Entered | undefined;
  const raise = createRaise(context);
  const view: TokenView = showTokenView(context.painter, {
    onRaise: (level, { fee }) => void raise(view, before, { level, value: fee }),
    onEpoch: (epoch) => void history.show(epoch),
  });
  const history = createHistory(context, view);
  const examination = createExamination({ showOutcome: view.checks.show, showSummary: view.summary.show });
  const page: Page = { context, tokenId, collection, view, examination, history };
  const wait = () => (before?.state.token.stage === Stage.Fulfilled ? CALM_POLL_MS : POLL_MS);
  await poll(wait, async () => {
    const token = { address: context.config.art, tokenId };
    const [state, owner] = await Promise.all([
      readState(context.client, { ...token, hub: context.config.hub }),
      readOwner(context.client, token),
    ]);
    const now = { state, owner, raising: await readRaising(context, state.standing) };
    if (!before || snapshotKey(before) !== snapshotKey(now)) before = await enter(page, now, before);
    return false;
  });
}

interface Page {
  context: Context;
  tokenId: bigint;
  collection: Collection;
  view: TokenView;
  examination: Examination;
  history: History;
}

/** What is looked at again and again. */
interface Snapshot {
  state: State;
  owner: Address;
  /** The level to which the answer is being raised; that ends with time alone, too. */
  raising: Level | undefined;
}

function snapshotKey({ state, owner, raising }: Snapshot): string {
  return [stateKey(state), owner, raising].join();
}

/** What the page shows. */
interface Entered extends Snapshot {
  known: Known;
}

/** Waits until a token exists, and says so as long as it doesn't. Gives back the collection by then. */
async function waitForToken({ client, config }: Context, tokenId: bigint): Promise<Collection> {
  let last: Collection | undefined;
  await poll(
    () => POLL_MS,
    async () => {
      await checkChain(client, config);
      const now = await readCollection(client, { address: config.art });
      if (now.hub !== config.hub) {
        throw new Failure(`The collection asks the hub ${now.hub}, but config.json names ${config.hub}.`);
      }
      const exists = tokenId >= 1n && tokenId <= now.supply;
      if (!exists && now.supply !== last?.supply) showMissingToken(tokenId, now.supply);
      last = now;
      return exists;
    },
  );
  return last as Collection;
}

/** Shows what is new in a state, and starts what can be done in it. */
async function enter(page: Page, snapshot: Snapshot, before: Entered | undefined): Promise<Entered> {
  const { state, owner, raising } = snapshot;
  const { context, tokenId, collection, view } = page;
  const { client, config } = context;
  const token = { address: config.art, tokenId };
  const [blueprint, json, bonded] = await Promise.all([
    readBlueprint(client, token),
    readMetadata(client, token),
    findProposed(client, config.hub, state),
  ]);
  const isSame = before && drawingKey(before.known) === drawingKey({ blueprint });
  const shown = { tokenId, blueprint, isHidden: page.history.isPast };
  const drawings = isSame ? before.known.drawings : createShownDrawings(context, view, shown);
  const known = { ...token, assurance: collection.assurance, blueprint, ...state, bonded, drawings };
  const evidence = gatherEvidence(client, known, config);
  const metadata = parse(json);
  showToken(view, known, { owner, metadata, supply: collection.supply });
  page.examination.enter(evidence);
  if (state.token.stage !== Stage.Minted) showTools(page, known, metadata);
  if (state.standing) {
    const isCurrent = () => page.examination.isCurrent(evidence);
    void showAssurance(context, view, { known, raising, title: metadata?.name ?? "", isCurrent });
    void examine(page, evidence);
  }
  return { ...snapshot, known };
}

/** What can be done with a picture that can be drawn. */
function showTools({ history }: Page, known: Known, metadata: Metadata | undefined): void {
  if (known.blueprint.model === "0x") return;
  const name = metadata?.name || `No. ${known.tokenId}`;
  history.enter(known, name);
}

/** Sends what raises an answer, when the reader wants it; the page then sees it on the chain. */
function createRaise({ client, config }: Context) {
  const withWallet = createWalletChooser(config, client);
  return async (
    view: TokenView,
    entered: Entered | undefined,
    wish: { level: Level; value: bigint },
  ): Promise<void> => {
    if (!entered) return;
    view.ladder.showRaise("busy");
    const request = { hub: config.hub, requestId: entered.state.token.requestId, ...wish };
    try {
      const receipt = await withWallet((sender) => raiseInference(sender, request));
      view.ladder.showRaise(receipt ? "asked" : "idle");
    } catch (error) {
      view.ladder.showRaise("idle", refusalOf(error));
    }
  };
}

function drawingKey({ blueprint: { seed, traits } }: Pick<Known, "blueprint">): string {
  return [seed, traits].join();
}

/** Draws the picture and runs the checks that can run; those that couldn't, again and again until there is more to see. */
async function examine({ context, view, examination }: Page, evidence: Evidence): Promise<void> {
  evidence.painted().catch((error: unknown) => isCancelled(error) || view.picture.explain(asFailure(error)));
  for (let shown = !evidence.answered; ; await pause(RETRY_MS)) {
    const showing: boolean | Promise<boolean> = shown || showPinned({ context, view }, evidence);
    const settled = await examination.run(evidence);
    shown = await showing;
    if (settled && (shown || !examination.isCurrent(evidence))) return;
  }
}

/** Shows the pinned picture, or why there is none; true if there is one. */
async function showPinned({ context, view }: Pick<Page, "context" | "view">, evidence: Evidence): Promise<boolean> {
  const { imageCid } = evidence.token;
  try {
    view.pinned.show(await evidence.image(), imageCid, gatewayUrl(context.config.gateway, imageCid));
    return true;
  } catch (error) {
    view.pinned.explain(asFailure(error));
    return false;
  }
}

/** The token's own metadata; a contract that gives none that can be read still has a picture to show. */
function parse(json: string): Metadata | undefined {
  try {
    return parseMetadata(new TextEncoder().encode(json));
  } catch (error) {
    console.warn(error);
    return undefined;
  }
}
