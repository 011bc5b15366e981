// One token's page: follows the token from its mint to its picture and beyond, draws it and has it examined.
import { readBonded } from "./chain/bonded.ts";
import { checkChain } from "./chain/client.ts";
import { type Collection, readCollection } from "./chain/collection.ts";
import { readState, type State, stateKey } from "./chain/state.ts";
import { readBlueprint, readMetadata, readOwner, Stage } from "./chain/token.ts";
import type { Context } from "./context.ts";
import { createDrawings } from "./drawings.ts";
import { gatherEvidence, type Known } from "./evidence.ts";
import { createExamination, type Examination } from "./examine.ts";
import { asFailure } from "./failure.ts";
import { gatewayUrl } from "./gateway.ts";
import { type Metadata, parseMetadata } from "./metadata.ts";
import { phaseOf } from "./phase.ts";
import { pause, poll } from "./poll.ts";
import { showAssurance, showToken } from "./show-token.ts";
import { findings } from "./verdict.ts";
import type { Evidence } from "./verify/check.ts";
import { showNavigation } from "./view/navigation.ts";
import { showMissingToken, showOpening } from "./view/notice.ts";
import { showTokenView, type TokenView } from "./view/token-view.ts";

/** How often the chain is asked while the next step is still to come. */
const POLL_MS = 1_000;
/** How often it is asked about a picture that is there: its answer can still be raised, or refuted. */
const CALM_POLL_MS = 5_000;
/** How often checks that couldn't run are tried again. */
const RETRY_MS = 4_000;

/** Shows a token, for as long as the page is open or until nothing about it can change any more. */
export async function showTokenPage(context: Context, tokenId: bigint): Promise<void> {
  findings.token = tokenId.toString();
  showOpening(`No. ${tokenId}`);
  const collection = await waitForToken(context, tokenId);
  showNavigation(collection.supply, tokenId);
  const view = showTokenView(context.painter);
  const examination = createExamination({ showOutcome: view.checks.show, showSummary: view.summary.show });
  const page: Page = { context, tokenId, collection, view, examination };
  let before: Entered | undefined;
  const wait = () => (before?.state.token.stage === Stage.Fulfilled ? CALM_POLL_MS : POLL_MS);
  await poll(wait, async () => {
    const state = await readState(context.client, context.config, tokenId);
    if (!before || stateKey(before.state) !== stateKey(state)) before = await enter(page, state, before);
    return state.standing?.held === "Executed";
  });
}

interface Page {
  context: Context;
  tokenId: bigint;
  collection: Collection;
  view: TokenView;
  examination: Examination;
}

/** What the page shows of a state. */
interface Entered {
  state: State;
  known: Known;
}

/** Waits until a token exists, and says so as long as it doesn't. Gives back the collection by then. */
async function waitForToken({ client, config }: Context, tokenId: bigint): Promise<Collection> {
  let last: Collection | undefined;
  await poll(
    () => POLL_MS,
    async () => {
      await checkChain(client, config);
      const now = await readCollection(client, config);
      const exists = tokenId >= 1n && tokenId <= now.supply;
      if (!exists && now.supply !== last?.supply) showMissingToken(tokenId, now.supply);
      last = now;
      return exists;
    },
  );
  return last as Collection;
}

/** Shows what is new in a state, and starts what can be done in it. */
async function enter(page: Page, state: State, before: Entered | undefined): Promise<Entered> {
  const { context, tokenId, collection, view } = page;
  const { client, config } = context;
  const seeded = before && before.state.token.stage !== Stage.Minted ? before.known : undefined;
  const [blueprint, owner, json, bonded] = await Promise.all([
    seeded?.blueprint ?? readBlueprint(client, config, tokenId),
    readOwner(client, config, tokenId),
    readMetadata(client, config, tokenId),
    findBonded(context, state),
  ]);
  const drawings = seeded?.drawings ?? createDrawings(context, view, tokenId, blueprint);
  const known = { tokenId, assurance: collection.assurance, blueprint, ...state, bonded, drawings };
  const evidence = gatherEvidence(context, known);
  const metadata = parse(json);
  showToken(view, known, { owner, metadata, supply: collection.supply });
  page.examination.enter(evidence);
  if (state.standing) {
    void showAssurance(context, view, known, metadata?.name ?? "");
    void examine(page, evidence);
  }
  return { state, known };
}

/** The bonded answer, where there is one and the endpoint gives it. */
async function findBonded({ client, config }: Context, { token, standing }: State) {
  if (phaseOf(token, standing) !== "bonded" || !standing?.proposal) return undefined;
  // The request was made after the seed's block, and the answer after the request.
  const place = { requestId: token.requestId, proposal: standing.proposal, fromBlock: token.drawBlock };
  return readBonded(client, config, place).catch((error: unknown) => {
    console.warn(error);
    return undefined;
  });
}

/** Draws the picture and runs the checks that can run; those that couldn't, again and again until there is more to see. */
async function examine({ context, view, examination }: Page, evidence: Evidence): Promise<void> {
  evidence.painted().catch((error: unknown) => view.picture.explain(asFailure(error)));
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
