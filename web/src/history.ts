// Shows what a piece is and was: each past epoch is drawn anew, and compared with what was attested then. What hangs in the
// frame, stands on the label and lies under the tools is of one epoch.
import {
  asFailure,
  type Blueprint,
  drawingOf,
  isCancelled,
  type Known,
  readAttestedPicture,
  readEpoch,
  readTraits,
  sayTraits,
} from "@verdigris/sdk";
import type { Context } from "./context.ts";
import { findings } from "./verdict.ts";
import type { TokenView } from "./view/token-view.ts";

/** The past of a piece. */
export interface History {
  /** The piece as it is now, and what it is called; if its past is being looked at, that stays. */
  enter(known: Known, name: string): void;
  /** Shows an epoch. */
  show(epoch: number): Promise<void>;
  /** Whether a past epoch is shown. */
  isPast(): boolean;
}

/** The past of a piece that `view` shows. */
export function createHistory({ client }: Context, view: TokenView): History {
  let known: Known | undefined;
  let called = "";
  /** The past epoch that is looked at. */
  let past: { epoch: number; blueprint?: Blueprint } | undefined;

  const label = (blueprint: Blueprint) => {
    const { tokenId } = known as Known;
    const traits = readTraits(blueprint.traits);
    view.label.showTraits(traits);
    view.picture.describe(`Abstract picture: ${sayTraits(traits)}. Drawn by your browser.`);
    const [name, file] = past
      ? [`${called} at epoch ${past.epoch}`, `verdigris-${tokenId}-epoch-${past.epoch}`]
      : [called, `verdigris-${tokenId}`];
    view.tools.show({ drawing: drawingOf(blueprint), size: blueprint.size, name, file });
  };
  const showPresent = async ({ blueprint }: Known) => {
    view.history.say("pending", "");
    label(blueprint);
    await view.picture.draw(drawingOf(blueprint), blueprint.size);
    findings.epoch = { shown: epochOf(blueprint), pixelRoot: undefined, attested: undefined };
  };
  const showPast = async ({ address, tokenId, blueprint, token }: Known, shown: NonNullable<typeof past>) => {
    view.history.say("pending", "Drawn anew…");
    const { traits, requestId } = await readEpoch(client, { address, tokenId, epoch: shown.epoch });
    if (past !== shown) return;
    shown.blueprint = { ...blueprint, traits };
    label(shown.blueprint);
    const { proof } = await view.picture.draw(drawingOf(shown.blueprint), blueprint.size);
    if (past !== shown) return;
    const pixelRoot = proof?.pixelRoot;
    findings.epoch = { shown: shown.epoch, pixelRoot, attested: undefined };
    view.history.say("pending", `${rendererOf(blueprint)} Compared with what was attested then…`);
    const place = { address, tokenId, requestId, fromBlock: token.drawBlock };
    const attested = await readAttestedPicture(client, place).catch(() => undefined);
    if (past !== shown) return;
    findings.epoch.attested = attested?.pixelRoot;
    view.history.say(...compare(blueprint, pixelRoot, attested));
  };
  return {
    enter(now, name) {
      [known, called] = [now, name];
      view.history.offer(epochOf(now.blueprint));
      // While the present picture is drawn for the checks, the frame is theirs.
      const isReady = () => known === now && view.history.enable();
      now.drawings.painted().then(isReady, () => {});
      if (!past) label(now.blueprint);
      else if (past.blueprint) label(past.blueprint);
    },
    async show(epoch) {
      if (!known) return;
      const shown = epoch === epochOf(known.blueprint) ? undefined : { epoch };
      past = shown;
      try {
        await (shown ? showPast(known, shown) : showPresent(known));
      } catch (error) {
        if (past === shown && !isCancelled(error)) view.history.say("unknown", asFailure(error).message);
      }
    },
    isPast: () => past !== undefined,
  };
}

/** A piece's epoch stands in bits 64 to 79 of its traits. */
export function epochOf({ traits }: Pick<Blueprint, "traits">): number {
  return Number((BigInt(traits) >> 64n) & 0xffffn);
}

type Said = Parameters<TokenView["history"]["say"]>;

function compare(
  blueprint: Blueprint,
  drawn: string | undefined,
  attested: { pixelRoot: string; blockNumber: bigint } | undefined,
): Said {
  const renderer = rendererOf(blueprint);
  if (!attested) return ["unknown", `${renderer} This chain endpoint doesn’t tell what was attested then.`];
  if (attested.pixelRoot !== drawn) {
    return ["fails", `${renderer} What was attested in block ${attested.blockNumber} is another picture.`];
  }
  const words = `It is the picture that was attested in block ${attested.blockNumber}.`;
  return ["holds", `${renderer} ${words} All else on this page is about the present one.`];
}

/** The stages’ versions are fixed for a collection, and for each of its epochs. */
function rendererOf({ stages }: Pick<Blueprint, "stages">): string {
  const versions = [stages >> 16, (stages >> 8) & 0xff, stages & 0xff].join(".");
  return `Drawn by renderer ${versions}, as it was then.`;
}
