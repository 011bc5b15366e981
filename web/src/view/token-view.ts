// The layout of a token's page: picture, label and pinned picture, evidence.
import type { Painter } from "../painter/painter.ts";
import { CHECKS } from "../verify/verify.ts";
import { type CheckList, createCheckList } from "./checks.ts";
import { h, part } from "./element.ts";
import { createLabel, type Label } from "./label.ts";
import { createPicture, type Picture } from "./picture.ts";
import { createPinned, type Pinned } from "./pinned.ts";
import { createSummary, type Summary } from "./summary.ts";

/** The parts of a token's page. */
export interface TokenView {
  picture: Picture;
  label: Label;
  pinned: Pinned;
  summary: Summary;
  checks: CheckList;
}

/** Puts an empty token page in place of what the page showed. */
export function showTokenView(painter: Painter): TokenView {
  const view: TokenView = {
    picture: createPicture(painter),
    label: createLabel(),
    pinned: createPinned(),
    summary: createSummary(),
    checks: createCheckList(CHECKS),
  };
  const { picture, label, pinned, summary, checks } = view;
  const aside = h("div", { class: "aside" }, label.heading, summary.element, label.details, pinned.element);
  part("main").replaceChildren(h("article", { class: "token" }, picture.element, aside, checks.element));
  return view;
}
