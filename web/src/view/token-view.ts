// The layout of a token's page: picture, label and the small pictures, assurance, evidence.
import { CHECKS, type Level, type Painter, type Price } from "@verdigris/sdk";
import { type ChainDrawing, createChainDrawing } from "./chain-drawing.ts";
import { type CheckList, createCheckList } from "./checks.ts";
import { h, part } from "./element.ts";
import { createHistoryView, type HistoryView } from "./history.ts";
import { createLabel, type Label } from "./label.ts";
import { createLadder, type Ladder } from "./ladder.ts";
import { createPicture, type Picture } from "./picture.ts";
import { createPictureTools, type PictureTools } from "./picture-tools.ts";
import { createPinned, type Pinned } from "./pinned.ts";
import { createSummary, type Summary } from "./summary.ts";
import { createViewer } from "./viewer.ts";

/** The parts of a token's page. */
export interface TokenView {
  picture: Picture;
  tools: PictureTools;
  history: HistoryView;
  label: Label;
  chainDrawing: ChainDrawing;
  pinned: Pinned;
  summary: Summary;
  ladder: Ladder;
  checks: CheckList;
}

/** What the reader may want. */
export interface Wishes {
  /** The answer raised to a level, for the price that the page told. */
  onRaise(level: Level, price: Price): void;
  /** The piece as it was at an epoch. */
  onEpoch(epoch: number): void;
}

/** Puts an empty token page in place of what the page showed. */
export function showTokenView(painter: Painter, { onRaise, onEpoch }: Wishes): TokenView {
  const view: TokenView = {
    picture: createPicture(painter),
    tools: createPictureTools(painter, createViewer(painter)),
    history: createHistoryView(onEpoch),
    label: createLabel(),
    chainDrawing: createChainDrawing(),
    pinned: createPinned(),
    summary: createSummary(),
    ladder: createLadder(onRaise),
    checks: createCheckList(CHECKS),
  };
  const { picture, tools, history, label, chainDrawing, pinned, summary, ladder, checks } = view;
  const smalls = h("div", { class: "smalls" }, chainDrawing.element, pinned.element);
  const aside = h("div", { class: "aside" }, label.heading, summary.element, label.details, smalls);
  const wall = h("div", { class: "hung" }, picture.element, tools.element, history.element);
  const article = h("article", { class: "token" }, wall, aside, ladder.element, checks.element);
  part("main").replaceChildren(article);
  return view;
}
