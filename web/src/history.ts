// Shows what a piece was at its past epochs: each is drawn anew, and compared with what was attested then.
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
  /** The piece as it is now; what is shown of its past stays. */
  enter(known: Known): void;
  /** Shows an epoch. */
  show(epoch: number): Promise<void>;
}

/** The past of a piece that `view` shows. */
export function createHistory({ client }: Context, view: TokenView): History {
  let known: Known | undefined;
  let shown: number | undefined;
  const isShown = (epoch: number) => shown === epoch;

  const show = async (epoch: number) => {
    if (!known) return;
    const { address, tokenId, blueprint, token } = known;
    const isPresent = epoch === epochOf(blueprint);
    shown = epoch;
    view.history.say("pending", isPresent ? "" : "Drawn anew…");
    try {
      const past = isPresent ? undefined : await readEpoch(client, { address, tokenId, epoch });
      if (!isShown(epoch)) return;
      const then = { ...blueprint, traits: past?.traits ?? blueprint.traits };
      const traits = readTraits(then.traits);
      view.label.showTraits(traits);
      view.picture.describe(`Abstract picture: ${sayTraits(traits)}. Drawn by your browser.`);
      const { proof } = await view.picture.draw(drawingOf(then), then.size);
      findings.epoch = { shown: epoch, pixelRoot: proof?.pixelRoot, attested: undefined };
      if (!past) return;
      view.history.say("pending", `${rendererOf(blueprint)} Compared with what was attested then…`);
      const place = { address, tokenId, requestId: past.requestId, fromBlock: token.drawBlock };
      const attested = await readAttestedPicture(client, place).catch(() => undefined);
      if (!isShown(epoch)) return;
      findings.epoch.attested = attested?.pixelRoot;
      view.history.say(...compare(blueprint, proof?.pixelRoot, attested));
    } catch (error) {
      if (!isCancelled(error) && isShown(epoch)) view.history.say("unknown", asFailure(error).message);
    }
  };
  return {
    enter(now) {
      const before = known && epochOf(known.blueprint);
      known = now;
      const epoch = epochOf(now.blueprint);
      view.history.offer(epoch);
      if (before !== undefined && before !== epoch && shown === before) void show(epoch);
    },
    show,
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
  return ["holds", `${renderer} It is the picture that was attested in block ${attested.blockNumber}.`];
}

/** The stages’ versions are fixed for a collection, and for each of its epochs. */
function rendererOf({ stages }: Pick<Blueprint, "stages">): string {
  const versions = [stages >> 16, (stages >> 8) & 0xff, stages & 0xff].join(".");
  return `Drawn by renderer ${versions}, as it was then.`;
}
