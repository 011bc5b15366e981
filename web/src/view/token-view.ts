// The layout of a token's page: picture, label and the small pictures, assurance, evidence.
import { CHECKS, type Painter } from "@verdigris/sdk";
import { type ChainDrawing, createChainDrawing } from "./chain-drawing.ts";
import { type CheckList, createCheckList } from "./checks.ts";
import { h, part } from "./element.ts";
import { createLabel, type Label } from "./label.ts";
import { createLadder, type Ladder } from "./ladder.ts";
import { createPicture, type Picture } from "./picture.ts";
import { createPinned, type Pinned } from "./pinned.ts";
import { createSummary, type Summary } from "./summary.ts";

/** The parts of a token's page. */
export interface TokenView {
  picture: Picture;
  label: Label;
  chainDrawing: ChainDrawing;
  pinned: Pinned;
  summary: Summary;
  ladder: Ladder;
  checks: CheckList;
}

/** Puts an empty token page in place of what the page showed. */
export function showTokenView(painter: Painter): TokenView {
  const view: TokenView = {
    picture: createPicture(painter),
    label: createLabel(),
    chainDrawing: createChainDrawing(),
    pinned: createPinned(),
    summary: createSummary(),
    ladder: createLadder(),
    checks: createCheckList(CHECKS),
  };
  const { picture, label, chainDrawing, pinned, summary, ladder, checks } = view;
  const smalls = h("div", { class: "smalls" }, chainDrawing.element, pinned.element);
  const aside = h("div", { class: "aside" }, label.heading, summary.element, label.details, smalls);
  const article = h("article", { class: "token" }, picture.element, aside, ladder.element, checks.element);
  part("main").replaceChildren(article);
  return view;
}
