// The page on which a piece is minted: what it costs, a button, and the way that the new token takes.
import type { Collection, Failure, Painter } from "@verdigris/sdk";
import { STEPS, type Step } from "../mint-steps.ts";
import { type ChallengeWindow, createChallengeWindow } from "./challenge-window.ts";
import { h, part, unseen } from "./element.ts";
import { icon } from "./icon.ts";
import { formatFee } from "./level-words.ts";
import { createPicture, type Picture } from "./picture.ts";

/** What is said of one step. */
export interface StepShown {
  state: "taken" | "waiting" | "ahead";
  says: string;
}

/** The parts of the page. */
export interface MintView {
  picture: Picture;
  window: ChallengeWindow;
  showTitle(title: string, text: string): void;
  /** The button, and what it costs. */
  showOffer(collection: Collection): void;
  /** Whether a transaction is on its way to the wallet. */
  showBusy(isBusy: boolean): void;
  showSteps(steps: ReadonlyMap<Step, StepShown>): void;
  /** Why nothing was sent; takes back what was said before if there is nothing to say. */
  explain(failure: Failure | undefined): void;
  /** What the reader can do now; links and words. */
  showNext(...next: (Node | string)[]): void;
}

const NAMES: Record<Step, string> = {
  sent: "Sent",
  minted: "Minted",
  drawn: "Seed drawn",
  inferred: "Inferred",
  pinned: "Pinned",
  fulfilled: "Fulfilled",
  final: "Final",
};
const WORDS = { taken: "done", waiting: "under way", ahead: "still to come" };
const ICONS = { taken: "holds", waiting: "pending", ahead: "pending" } as const;

/** Puts an empty page in place of what was shown; `onMint` is called when the reader wants a piece. */
export function showMintView(painter: Painter, onMint: () => void): MintView {
  const picture = createPicture(painter);
  const window = createChallengeWindow();
  const title = h("h1", {}, "\u00a0");
  const lead = h("p", { class: "lead" });
  const offer = h("div", { class: "offer" });
  const refused = h("p", { class: "refused", role: "alert" });
  const steps = h("ol", { class: "way", "aria-label": "The token’s way" });
  const next = h("p", { class: "next" });
  const news = h("p", { class: "unseen", role: "status" });
  const button = h("button", { class: "primary", type: "button" }, "Mint");
  button.addEventListener("click", onMint);
  const aside = h("div", { class: "aside" }, h("header", { class: "title" }, title, lead), offer, refused);
  aside.append(h("div", {}, steps, window.element), next, news);
  part("main").replaceChildren(h("section", { class: "token mint" }, picture.element, aside));
  let waiting: Step | undefined;
  return {
    picture,
    window,
    showTitle(name, text) {
      title.replaceChildren(name);
      lead.replaceChildren(text);
      document.title = `${name} · Verdigris`;
    },
    showOffer({ price }) {
      button.replaceChildren(price === 0n ? "Mint for free" : `Mint for ${formatFee(price)}`);
      offer.replaceChildren(button, h("p", {}, "The network’s fee comes on top."));
    },
    showBusy(isBusy) {
      button.disabled = isBusy;
      button.setAttribute("aria-busy", String(isBusy));
    },
    showSteps(shown) {
      offer.hidden = true;
      steps.replaceChildren(...STEPS.map((step) => stepItem(step, shown.get(step))));
      const now = STEPS.find((step) => shown.get(step)?.state === "waiting");
      if (now === waiting) return;
      waiting = now;
      news.replaceChildren(now ? `${NAMES[now]}: ${shown.get(now)?.says ?? ""}` : "The picture is final.");
    },
    explain: (failure) => refused.replaceChildren(failure ? `${failure.message} ${failure.advice}`.trim() : ""),
    showNext: (...words) => next.replaceChildren(...words),
  };
}

function stepItem(step: Step, shown: StepShown = { state: "ahead", says: "" }): HTMLElement {
  const { state, says } = shown;
  const name = h("h2", {}, NAMES[step], unseen(` (${WORDS[state]})`));
  const attributes = { "data-step": step, "data-state": state, "aria-current": state === "waiting" && "step" };
  return h("li", attributes, icon(ICONS[state]), name, says && h("p", {}, says));
}
