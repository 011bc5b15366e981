// The gallery's wall: a grid of frames, more of them on request.
import { type Collection, Stage } from "@verdigris/sdk";
import { h, part } from "./element.ts";
import { tokenAddress } from "./navigation.ts";

/** How many frames hang before one asks for more. */
const FRAMES = 24n;
/** Frames are many and small; none gets more pixels a side than this. */
const MAX_CANVAS = 640;

/** One token's frame. */
export interface Card {
  tokenId: bigint;
  /** `stage` as in `ISeedArt.Stage`. */
  showStage(stage: number): void;
  showEmpty(text: string): void;
  /** A canvas in the frame, with as many pixels as the screen has for it. */
  makeCanvas(): HTMLCanvasElement;
}

/** The wall. */
export interface Gallery {
  /** Shows the collection as it is now; frames that hang already stay. */
  show(collection: Collection): void;
}

/** An empty wall; `onSeen` is called once for each frame, when it first comes into view. */
export function createGallery(onSeen: (card: Card) => void): Gallery {
  const cards = new Map<Element, Card>();
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        onSeen(cards.get(target) as Card);
      }
    },
    { rootMargin: "200px" },
  );
  const title = h("h1");
  const lead = h("p", { class: "lead" });
  const wall = h("ul", { class: "wall" });
  const more = h("button", { class: "more", type: "button" }, "Show earlier ones");
  let [lowest, highest] = [1n, 0n]; // ids of the frames that hang
  const hang = (tokenId: bigint, place: "append" | "prepend") => {
    const [item, card] = createCard(tokenId);
    cards.set(item, card);
    wall[place](item);
    watch.observe(item);
  };
  const hangEarlier = () => {
    for (let count = 0n; count < FRAMES && lowest > 1n; count++) hang(--lowest, "append");
    more.hidden = lowest <= 1n;
  };
  const show: Gallery["show"] = ({ name, supply }) => {
    title.replaceChildren(name);
    lead.replaceChildren(introduce(supply));
    if (cards.size > 0) {
      while (highest < supply) hang(++highest, "prepend");
    } else {
      [lowest, highest] = [supply + 1n, supply];
      hangEarlier();
    }
  };
  more.addEventListener("click", hangEarlier);
  part("main").replaceChildren(h("section", { class: "gallery" }, title, lead, wall, more));
  return { show };
}

function introduce(supply: bigint): string {
  if (supply === 0n) return "Nothing has been minted yet. New pieces appear here by themselves.";
  const pieces = supply === 1n ? "One piece" : `${supply} pieces`;
  return `${pieces}, drawn by a small neural network from a seed on chain. Your browser draws each anew.`;
}

function createCard(tokenId: bigint): [HTMLElement, Card] {
  const frame = h("div", { class: "frame" });
  const note = h("span", { class: "note" });
  const link = h("a", { href: tokenAddress(tokenId) }, frame, h("span", { class: "number" }, `No. ${tokenId}`), note);
  const card: Card = {
    tokenId,
    showStage: (stage) => note.replaceChildren(NOTES[stage] ?? ""),
    showEmpty: (text) => note.replaceChildren(text),
    makeCanvas() {
      const size = Math.max(64, Math.min(MAX_CANVAS, Math.round(frame.clientWidth * devicePixelRatio)));
      const canvas = h("canvas", { width: size, height: size, "aria-hidden": "true" });
      frame.replaceChildren(canvas);
      return canvas;
    },
  };
  return [h("li", {}, link), card];
}

const NOTES: Record<number, string> = {
  [Stage.Minted]: "Waiting for its seed",
  [Stage.Drawn]: "Waiting for its picture",
};
