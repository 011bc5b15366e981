// One token's page: follows the token from its mint to its picture, draws it and has it examined.
import type { Address } from "viem";
import { checkChain } from "./chain/client.ts";
import { readCollection } from "./chain/collection.ts";
import { type Blueprint, readBlueprint, readOwner, readToken, readTokenUri, Stage, type Token } from "./chain/token.ts";
import type { Context } from "./context.ts";
import { gatherEvidence } from "./evidence.ts";
import { createExamination, type Examination } from "./examine.ts";
import { asFailure, Failure } from "./failure.ts";
import { gatewayUrl } from "./gateway.ts";
import { type Metadata, parseTokenUri } from "./metadata.ts";
import { once } from "./once.ts";
import { drawingOf, type Painted } from "./painter/painter.ts";
import { pause, poll } from "./poll.ts";
import { readTraits, sayTraits } from "./traits.ts";
import { findings } from "./verdict.ts";
import type { Evidence } from "./verify/check.ts";
import { showNavigation } from "./view/navigation.ts";
import { showMissingToken, showOpening } from "./view/notice.ts";
import type { Picture } from "./view/picture.ts";
import { showTokenView, type TokenView } from "./view/token-view.ts";

/** How often the chain is asked while something is still to come. */
const POLL_MS = 1_000;
/** How often checks that couldn't run are tried again. */
const RETRY_MS = 4_000;
const STAGE_NAMES = ["minted", "drawn", "fulfilled"] as const;

/** Shows a token, and comes back when nothing about it can change any more. */
export async function showTokenPage(context: Context, tokenId: bigint): Promise<void> {
  findings.token = tokenId.toString();
  showOpening(`No. ${tokenId}`);
  const supply = await waitForToken(context, tokenId);
  showNavigation(supply, tokenId);
  const view = showTokenView(context.painter);
  const page: Page = { context, tokenId, supply, view, examination: examinationOn(view) };
  let evidence: Evidence | undefined;
  await poll(POLL_MS, async () => {
    const token = await readToken(context.client, context.config, tokenId);
    if (!evidence || !isSame(token, evidence.token)) evidence = await enterStage(page, token, evidence);
    return token.stage === Stage.Fulfilled;
  });
  if (evidence) await examineToTheEnd(page, evidence);
}

/** False too if only the seed's block or the request is another: a token may be given new ones. */
function isSame(a: Token, b: Token): boolean {
  return a.stage === b.stage && a.drawBlock === b.drawBlock && a.requestId === b.requestId;
}

interface Page {
  context: Context;
  tokenId: bigint;
  /** How many tokens there are. */
  supply: bigint;
  view: TokenView;
  examination: Examination;
}

function examinationOn({ checks, summary }: TokenView): Examination {
  return createExamination({
    showOutcome: checks.show,
    showSummary: (token, outcomes) => summary.show(token.stage, outcomes, token.drawBlock),
  });
}

/** Waits until a token exists, and says so as long as it doesn't. Gives back how many tokens there are. */
async function waitForToken({ client, config }: Context, tokenId: bigint): Promise<bigint> {
  let supply = -1n;
  await poll(POLL_MS, async () => {
    await checkChain(client, config);
    const now = (await readCollection(client, config)).supply;
    const exists = tokenId >= 1n && tokenId <= now;
    if (!exists && now !== supply) showMissingToken(tokenId, now);
    supply = now;
    return exists;
  });
  return supply;
}

/** Shows what is new at a stage, and starts what can be done at it. */
async function enterStage(page: Page, token: Token, before: Evidence | undefined): Promise<Evidence> {
  const { client, config } = page.context;
  const [blueprint, owner, uri] = await Promise.all([
    readBlueprint(client, config, page.tokenId),
    readOwner(client, config, page.tokenId),
    readTokenUri(client, config, page.tokenId),
  ]);
  const drawnBefore = before !== undefined && before.token.stage !== Stage.Minted;
  const paint = drawnBefore ? before.painted : painting(page, blueprint);
  const evidence = gatherEvidence({ client, config, paint }, blueprint, token);
  showLabel(page, evidence, { owner, metadata: readMetadata(uri) });
  page.examination.enter(token);
  if (token.stage !== Stage.Minted) void examineEarly(page, evidence);
  return evidence;
}

/** Draws the picture when first asked to; refuses if its network isn't on chain. */
function painting({ view }: Page, blueprint: Blueprint): () => Promise<Painted> {
  return once(async () => {
    if (blueprint.model === "0x") {
      throw new Failure("The network’s weights are kept off chain, so this page can’t redraw the picture.");
    }
    const painted = await view.picture.draw(drawingOf(blueprint), blueprint.size);
    findings.drawMs = painted.ms;
    findings.pixelRoot.redrawn = painted.proof?.pixelRoot;
    return painted;
  });
}

function showLabel(
  page: Page,
  evidence: Evidence,
  { owner, metadata }: { owner: Address; metadata: Metadata | undefined },
): void {
  const { blueprint, token } = evidence;
  const { label, picture } = page.view;
  label.showTitle(metadata?.name || `No. ${page.tokenId}`, `No. ${page.tokenId} of ${page.supply}`);
  label.showOwner(owner);
  label.showStage(token.stage);
  findings.stage = STAGE_NAMES[token.stage];
  findings.size = blueprint.size;
  if (token.stage === Stage.Fulfilled) findings.pixelRoot.chain = token.pixelRoot;
  if (token.stage === Stage.Minted) {
    showPlaceholder(picture, metadata);
  } else {
    const traits = readTraits(blueprint.traits);
    label.showTraits(traits);
    picture.describe(`Abstract picture: ${sayTraits(traits)}. Drawn by your browser.`);
  }
}

function showPlaceholder(picture: Picture, metadata: Metadata | undefined): void {
  picture.describe("A placeholder: the picture isn’t drawn yet.");
  // Only an image inside of the data URI: the page loads nothing that a contract merely points to.
  if (metadata?.image.startsWith("data:image/")) picture.showPlaceholder(metadata.image);
}

/** Draws the picture and runs what can be checked before it is attested. */
async function examineEarly({ examination, view }: Page, evidence: Evidence): Promise<void> {
  const drawn = evidence.painted().catch((error: unknown) => view.picture.explain(asFailure(error)));
  if (evidence.token.stage === Stage.Drawn) await examination.run(evidence);
  await drawn;
}

/** Runs all checks, and those that couldn't run again and again. */
async function examineToTheEnd(page: Page, evidence: Evidence): Promise<void> {
  for (let shown = false; ; await pause(RETRY_MS)) {
    const showing: boolean | Promise<boolean> = shown || showPinned(page, evidence);
    const settled = await page.examination.run(evidence);
    shown = await showing;
    if (shown && settled) return;
  }
}

/** Shows the pinned picture, or why there is none; true if there is one. */
async function showPinned({ context, view }: Page, evidence: Evidence): Promise<boolean> {
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
function readMetadata(uri: string): Metadata | undefined {
  try {
    return parseTokenUri(uri);
  } catch (error) {
    console.warn(error);
    return undefined;
  }
}
