// The ladder of assurance: five levels, which of them the answer holds, which it can be raised to and for how much.
import { type Failure, isAbove, LEVELS, type Level, type Price, type Reach } from "@verdigris/sdk";
import { h } from "./element.ts";
import { formatFee, LEVEL_WORDS, raiseCommand, sayWhoMustBeHonest } from "./level-words.ts";

/** What the ladder tells of. */
export interface Assurance {
  tokenId: bigint;
  /** The level that the collection asks for. */
  asked: Level;
  held: Level | undefined;
  refuted: boolean;
  /** The level that somebody pays for at the moment. */
  raising: Level | undefined;
  /** What is known of the levels above. */
  reach: ReadonlyMap<Level, Reach>;
}

/** The ladder's place on the page. */
export interface Ladder {
  element: HTMLElement;
  show(assurance: Assurance): void;
  /** How far a wish is: it is being carried out, or is in a block, or why it couldn't be. */
  showRaise(progress: "busy" | "asked" | "idle", refusal?: Failure): void;
}

/** A ladder on which nothing stands yet; `onRaise` is called when the reader wants the answer on a higher rung. */
export function createLadder(onRaise: (level: Level, price: Price) => void): Ladder {
  const lead = h("p", { class: "lead" });
  const rungs = h("ol", { class: "ladder" });
  const refused = h("p", { class: "refused", role: "alert" });
  const heading = h("h2", { id: "assurance" }, "Assurance");
  const element = h("section", { class: "assurance", "aria-labelledby": "assurance", hidden: true });
  const news = h("p", { class: "news", role: "status" });
  element.append(heading, lead, rungs, news, refused);
  let isBusy = false;
  let [shown, begun] = ["", ""]; // what is held and being raised: as shown last, and when the reader asked
  const keepBusy = () => {
    for (const button of rungs.querySelectorAll("button")) button.disabled = isBusy;
  };
  return {
    element,
    show(assurance) {
      element.hidden = false;
      lead.replaceChildren(introduce(assurance));
      const now = `${assurance.held} ${assurance.raising}`;
      if (now !== shown) {
        isBusy = false;
        news.replaceChildren();
      }
      shown = now;
      rungs.replaceChildren(...LEVELS.map((level) => rung(level, assurance, onRaise)));
      keepBusy();
    },
    showRaise(progress, refusal) {
      if (progress === "busy") begun = shown;
      // The page may have seen what came of it before the wallet did.
      const state = shown === begun ? progress : "idle";
      isBusy = state !== "idle";
      keepBusy();
      news.replaceChildren(NEWS[state]);
      refused.replaceChildren(refusal ? `${refusal.message} ${refusal.advice}`.trim() : "");
    },
  };
}

const NEWS = {
  busy: "Being sent, and then in a block…",
  asked: "Asked for and paid. The level rises once the evidence is accepted.",
  idle: "",
};

function introduce({ asked, held, refuted, raising, reach }: Assurance): string {
  if (refuted) return "Evidence of a higher level contradicts the answer. It holds no level any more.";
  if (!held) return `The answer is asked for at level ${asked}. It holds no level before it is final.`;
  if (raising) return `The answer holds level ${held}. Somebody pays for raising it to ${raising}.`;
  const higher = [...reach].filter(([, reached]) => typeof reached === "object").map(([level]) => level);
  if (higher.length > 0) return `The answer holds level ${held}, and can be raised to ${higher.join(" or ")}.`;
  const unknown = [...reach.values()].includes("unknown");
  if (unknown || held === "Executed") return `The answer holds level ${held}.`;
  return `The answer holds level ${held}, the highest that this model can reach today.`;
}

function rung(level: Level, assurance: Assurance, onRaise: (level: Level, price: Price) => void): HTMLElement {
  const state = stateOf(level, assurance);
  const mark = MARKS[state];
  const title = h("h3", {}, level, mark && h("span", { class: "mark" }, mark));
  const words = h("p", {}, `${LEVEL_WORDS[level].rests} ${sayWhoMustBeHonest(level)}`);
  return h(
    "li",
    { "data-level": level, "data-state": state },
    title,
    words,
    ...howToReach(level, state, assurance, onRaise),
  );
}

type State = "held" | "asked" | "below" | "raising" | "reachable" | "unreachable" | "unknown" | "ahead";

const MARKS: Partial<Record<State, string>> = { held: "held", asked: "asked for", raising: "being raised" };

function stateOf(level: Level, { asked, held, raising, refuted, reach }: Assurance): State {
  if (level === held) return "held";
  if (level === raising) return "raising";
  if (held && isAbove(held, level)) return "below";
  if (!held || refuted) return level === asked && !refuted ? "asked" : "ahead";
  if (raising) return "ahead"; // one raise at a time
  const reached = reach.get(level);
  if (typeof reached === "object") return "reachable";
  return reached ?? "ahead";
}

function howToReach(
  level: Level,
  state: State,
  { tokenId, reach }: Assurance,
  onRaise: (level: Level, price: Price) => void,
): HTMLElement[] {
  if (state === "unreachable") return [h("p", { class: "reach" }, "This model can’t reach it.")];
  if (state === "unknown")
    return [h("p", { class: "reach" }, "The chain doesn’t say whether this model can reach it.")];
  const price = reach.get(level);
  if (state !== "reachable" || typeof price !== "object") return [];
  const bond = price.bond > 0n ? `; whoever answers stakes ${formatFee(price.bond)}` : "";
  const fee = price.fee === 0n ? "Free" : `For ${formatFee(price.fee)}`;
  const button = h(
    "button",
    { class: "quiet", type: "button", title: raiseCommand(tokenId, level) },
    `Raise to ${level}`,
  );
  button.addEventListener("click", () => onRaise(level, price));
  return [h("p", { class: "reach" }, `${fee}${bond}.`), h("div", {}, button)];
}
