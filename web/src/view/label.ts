// The label on the wall: what the piece is called, whose it is, what it is made of, where it is in its life.
import type { Address } from "viem";
import type { Trait } from "../traits.ts";
import { h, unseen } from "./element.ts";
import { code } from "./short.ts";

/** The label's place on the page. */
export interface Label {
  heading: HTMLElement;
  details: HTMLElement;
  showTitle(title: string, place: string): void;
  showOwner(owner: Address): void;
  showTraits(traits: Trait[]): void;
  /** `stage` as in `ISeedArt.Stage`. */
  showStage(stage: number): void;
}

const STAGES = ["Minted", "Drawn", "Fulfilled"];

/** An empty label. */
export function createLabel(): Label {
  const place = h("p", { class: "eyebrow" }, "\u00a0");
  const title = h("h1", {}, "\u00a0");
  const stages = h("ol", { class: "stages", "aria-label": "Stage" });
  const owner = h("div");
  const traits = h("div", { class: "traits" });
  return {
    heading: h("header", { class: "title" }, place, title),
    details: h("div", { class: "details" }, stages, h("dl", {}, traits, owner)),
    showTitle(name, where) {
      title.replaceChildren(name);
      place.replaceChildren(where);
      document.title = `${name} · Verdigris`;
    },
    showOwner: (address) => owner.replaceChildren(h("dt", {}, "Owner"), h("dd", {}, code(address))),
    showTraits: (list) =>
      traits.replaceChildren(...list.map(({ name, value }) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    showStage: (stage) => stages.replaceChildren(...STAGES.map((name, at) => stageItem(name, at, stage))),
  };
}

function stageItem(name: string, at: number, stage: number): HTMLElement {
  const attributes = { class: at <= stage ? "reached" : "ahead", "aria-current": at === stage ? "step" : undefined };
  return h("li", attributes, name, unseen(at <= stage ? " (reached)" : " (still to come)"));
}
