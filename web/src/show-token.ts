// Puts what is known of a token on the page, and into the findings for scripts.
import {
  encodePictureInput,
  type Known,
  type Level,
  levelsAbove,
  type Metadata,
  phaseOf,
  raisingTo,
  readClockLead,
  readReach,
  readTraits,
  STATUS_NAMES,
  type Standing,
  Status,
} from "@verdigris/sdk";
import type { Address } from "viem";
import type { Context } from "./context.ts";
import { findings } from "./verdict.ts";
import type { Picture } from "./view/picture.ts";
import type { TokenView } from "./view/token-view.ts";

/** What the label says besides what is known of the picture. */
export interface Labelled {
  owner: Address;
  metadata: Metadata | undefined;
  /** How many tokens there are. */
  supply: bigint;
}

/** Shows the label of a token, and the placeholder while there is no picture. */
export function showToken({ label, picture }: TokenView, known: Known, { owner, metadata, supply }: Labelled): void {
  const { tokenId, assurance, blueprint, token, standing } = known;
  const phase = phaseOf(token, standing);
  const refuted = standing?.status === Status.Refuted;
  label.showTitle(metadata?.name || `No. ${tokenId}`, `No. ${tokenId} of ${supply}`);
  label.showOwner(owner);
  label.showModel(blueprint.modelId);
  label.showStage({ phase, optimistic: assurance === "Optimistic", refuted });
  label.showLevel({ asked: assurance, held: standing?.held, refuted, raising: undefined, higher: [] });
  findings.stage = phase;
  findings.size = blueprint.size;
  findings.pixelRoot.chain = phase === "fulfilled" ? token.pixelRoot : undefined;
  if (phase === "minted") showPlaceholder(picture, metadata);
  else if (blueprint.model === "0x") label.showTraits(readTraits(blueprint.traits));
}

/** The level to which an answer is being raised by now. */
export async function readRaising(
  { client }: Pick<Context, "client">,
  standing: Standing | undefined,
): Promise<Level | undefined> {
  // Nobody raises it, whatever the time is.
  if (!standing || !raisingTo(standing, 0n)) return undefined;
  const lead = await readClockLead(client).catch(() => 0);
  return raisingTo(standing, BigInt(Math.floor(Date.now() / 1000 + lead)));
}

/** A token as it is seen, until something newer is. */
export interface Seen {
  known: Known;
  /** The level to which the answer is being raised. */
  raising: Level | undefined;
  title: string;
  isCurrent(): boolean;
}

/** Shows which level the answer holds, until when it can be challenged, and how it can be raised. */
export async function showAssurance({ client, config }: Context, view: TokenView, seen: Seen): Promise<void> {
  const { known, raising, title, isCurrent } = seen;
  const { tokenId, assurance: asked, blueprint, standing } = known;
  if (!standing) return;
  const { held, status, proposal } = standing;
  const refuted = status === Status.Refuted;
  const shown = { tokenId, asked, held, refuted, raising };
  const finalAfter = proposal && Number(proposal.finalAfter);
  findings.level = { asked, held, raising, status: STATUS_NAMES[status], finalAfter, reach: findings.level.reach };
  view.ladder.show({ ...shown, reach: new Map() });
  if (!proposal) view.label.window.hide();
  else {
    const lead = await readClockLead(client).catch(() => 0);
    if (!isCurrent()) return;
    view.label.window.show(proposal, lead);
  }

  const input = encodePictureInput({ ...blueprint, title });
  const levels = levelsAbove(held ?? asked);
  const reach = await readReach(client, { hub: config.hub, modelId: blueprint.modelId, input, levels });
  if (!isCurrent()) return;
  view.ladder.show({ ...shown, reach });
  view.label.showLevel({ ...shown, higher: levels.filter((level) => typeof reach.get(level) === "object") });
  findings.level.reach = Object.fromEntries(
    [...reach].map(([level, reached]) => [level, typeof reached === "object" ? String(reached.fee) : reached]),
  );
}

function showPlaceholder(picture: Picture, metadata: Metadata | undefined): void {
  picture.describe("A placeholder: the picture isn’t drawn yet.");
  // Only an image inside of the data URI: the page loads nothing that a contract merely points to.
  if (metadata?.image.startsWith("data:image/")) picture.showPlaceholder(metadata.image);
}
