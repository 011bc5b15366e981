// The list of checks: a line for each claim, how it turned out, and why.
import type { Check, CheckStatus, Outcome } from "@verdigris/sdk";
import { h, unseen } from "./element.ts";
import { icon } from "./icon.ts";
import { code } from "./short.ts";

const WORDS: Record<CheckStatus, string> = {
  pending: "Waiting",
  holds: "Holds",
  fails: "Fails",
  unknown: "Can’t be told",
};

/** The list's place on the page. */
export interface CheckList {
  element: HTMLElement;
  show(check: Check, outcome: Outcome): void;
}

/** A list with an empty line for every check. */
export function createCheckList(checks: readonly Check[]): CheckList {
  const list = h("ol", { class: "checks" });
  const items = new Map(checks.map(({ id }) => [id, h("li", { id: `check-${id}` })]));
  const show = (check: Check, outcome: Outcome) => {
    const item = items.get(check.id);
    item?.setAttribute("data-status", outcome.status);
    item?.replaceChildren(icon(outcome.status), ...wordsOf(check, outcome));
  };
  list.append(...items.values());
  const heading = h("h2", { id: "evidence" }, "Evidence");
  const element = h("section", { class: "evidence", "aria-labelledby": "evidence" }, heading, list);
  return { element, show };
}

function wordsOf(check: Check, outcome: Outcome): Node[] {
  const { status, says, expected, got } = outcome;
  const title = h("h3", {}, unseen(`${WORDS[status]}: `), check.title);
  const value = status === "holds" && expected ? h("p", { class: "value" }, code(expected)) : undefined;
  return [
    title,
    h("p", {}, says),
    ...(value ? [value] : []),
    ...(status === "fails" ? [difference(expected, got)] : []),
  ];
}

function difference(expected = "", got = ""): HTMLElement {
  const whole = (value: string) => h("dd", {}, h("code", {}, value));
  return h("dl", { class: "difference" }, h("dt", {}, "Expected"), whole(expected), h("dt", {}, "Got"), whole(got));
}
