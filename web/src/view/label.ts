// The label on the wall: what the piece is called, whose it is, what it is made of, where it is in its life.
import type { Level, Phase, Trait } from "@verdigris/sdk";
import type { Address, Hex } from "viem";
import { type ChallengeWindow, createChallengeWindow } from "./challenge-window.ts";
import { h, unseen } from "./element.ts";
import { sayWhoMustBeHonest } from "./level-words.ts";
import { code } from "./short.ts";

/** The label's place on the page. */
export interface Label {
  heading: HTMLElement;
  details: HTMLElement;
  window: ChallengeWindow;
  showTitle(title: string, place: string): void;
  showOwner(owner: Address): void;
  /** The model version that draws the piece, by its id. */
  showModel(modelId: Hex): void;
  showTraits(traits: Trait[]): void;
  showStage(stage: StageShown): void;
  showLevel(level: LevelShown): void;
}

/** Where a token is in its life. */
export interface StageShown {
  phase: Phase;
  /** Whether an answer is open to challenge before it counts. */
  optimistic: boolean;
  refuted: boolean;
}

/** What an answer rests on. */
export interface LevelShown {
  asked: Level;
  held: Level | undefined;
  refuted: boolean;
  raising: Level | undefined;
  /** The higher levels that it can be raised to; none as long as that isn't known. */
  higher: readonly Level[];
}

const STAGES: readonly [Phase, string][] = [
  ["minted", "Minted"],
  ["drawn", "Drawn"],
  ["bonded", "Bonded"],
  ["fulfilled", "Fulfilled"],
];

/** An empty label. */
export function createLabel(): Label {
  const place = h("p", { class: "eyebrow" }, "\u00a0");
  const title = h("h1", {}, "\u00a0");
  const stages = h("ol", { class: "stages", "aria-label": "Stage" });
  const owner = h("div");
  const model = h("div");
  const level = h("div", { class: "level" });
  const traits = h("dl", { class: "traits" });
  const window = createChallengeWindow();
  return {
    heading: h("header", { class: "title" }, place, title),
    details: h("div", { class: "details" }, stages, window.element, traits, h("dl", {}, level, owner, model)),
    window,
    showTitle(name, where) {
      title.replaceChildren(name);
      place.replaceChildren(where);
      document.title = `${name} · Verdigris`;
    },
    showOwner: (address) => owner.replaceChildren(h("dt", {}, "Owner"), h("dd", {}, code(address))),
    showModel: (modelId) => model.replaceChildren(h("dt", {}, "Model"), h("dd", {}, code(modelId))),
    showTraits: (list) =>
      traits.replaceChildren(...list.map(({ name, value }) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    showStage: (stage) => stages.replaceChildren(...stageItems(stage)),
    showLevel: (shown) => level.replaceChildren(h("dt", {}, "Assurance"), h("dd", {}, ...levelWords(shown))),
  };
}

function stageItems({ phase, optimistic, refuted }: StageShown): HTMLElement[] {
  const stages = STAGES.filter(([stage]) => stage !== "bonded" || optimistic);
  const now = stages.findIndex(([stage]) => stage === phase);
  return stages.map(([stage, name], at) => {
    const isRefuted = refuted && stage === "fulfilled";
    const attributes = {
      class: isRefuted ? "reached refuted" : at <= now ? "reached" : "ahead",
      "aria-current": at === now ? "step" : undefined,
    };
    return h("li", attributes, isRefuted ? "Refuted" : name, unseen(at <= now ? " (reached)" : " (still to come)"));
  });
}

function levelWords({ asked, held, refuted, raising, higher }: LevelShown): (Node | string)[] {
  if (refuted) return [h("strong", { class: "refuted" }, "Refuted"), " by evidence of a higher level."];
  if (!held) return ["Asked for at level ", h("strong", {}, asked)];
  const raise = higher.length > 0 ? `It can be raised to ${higher.join(" or ")}` : "What that means";
  const more = raising ? `It is being raised to ${raising}` : raise;
  return [h("strong", {}, held), `. ${sayWhoMustBeHonest(held)} `, h("a", { href: "#assurance" }, more)];
}
