// The gallery's wall: a grid of frames that goes on for as long as one scrolls.
import { type Collection, Stage } from "@verdigris/sdk";
import { h, part } from "./element.ts";
import { tokenAddress } from "./navigation.ts";

/** Frames that are hung at a time, before one comes to the wall's end. */
const FRAMES = 120n;
/** How far below the window the wall's end may be when more is hung. */
const AHEAD = "1500px";
/** Pictures a little outside of the window are drawn, too: one sees few of them empty. */
const NEAR = "250px";
/** Pictures farther away than this are taken down; a wall of thousands would not fit into memory. */
const FAR = "3000px";
/** Frames aren't drawn anew for a window that is still being resized: it must rest for this long, in milliseconds. */
const REST_MS = 250;
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

/** Who draws what is seen. */
export interface Visitor {
  /** A frame without a picture has come into view; `signal` says that it has gone again. */
  onSeen(card: Card, signal: AbortSignal): Promise<void>;
}

/** The wall. */
export interface Gallery {
  /** Shows the collection as it is now; frames that hang already stay. */
  show(collection: Collection): void;
}

/** An empty wall. */
export function createGallery({ onSeen }: Visitor): Gallery {
  const frames = new Map<Element, Frame>();
  const inSight = new Set<Frame>();
  const near = watchFrames(NEAR, (item, isThere) => {
    const frame = frames.get(item) as Frame;
    inSight[isThere ? "add" : "delete"](frame);
    if (isThere) frame.see(onSeen);
    else frame.lose();
  });
  const far = watchFrames(FAR, (item, isThere) => isThere || frames.get(item)?.clear());
  const title = h("h1");
  const lead = h("p", { class: "lead" });
  const wall = h("ul", { class: "wall" });
  const end = h("div", { class: "end" });
  let [lowest, highest] = [1n, 0n]; // ids of the frames that hang

  // All frames are alike. Who asks each for its width has the page laid out anew each time.
  let side: number | undefined;
  const sideOf = (frame: HTMLElement) => (side ??= frame.clientWidth);
  let rest: ReturnType<typeof setTimeout> | undefined;
  const refit = () => {
    for (const frame of frames.values()) frame.refit();
    for (const frame of inSight) frame.see(onSeen);
  };
  new ResizeObserver(() => {
    side = undefined;
    clearTimeout(rest);
    rest = setTimeout(refit, REST_MS);
  }).observe(wall);

  const hang = (tokenId: bigint, place: "append" | "prepend") => {
    const [item, frame] = createFrame(tokenId, sideOf);
    frames.set(item, frame);
    wall[place](item);
    near.observe(item);
    far.observe(item);
  };
  const hangEarlier = () => {
    for (let count = 0n; count < FRAMES && lowest > 1n; count++) hang(--lowest, "append");
    // Seen anew, it says again whether it is still near.
    ending.unobserve(end);
    if (lowest > 1n) ending.observe(end);
  };
  const ending = watchFrames(AHEAD, (_, isThere) => isThere && hangEarlier());
  const show: Gallery["show"] = ({ name, supply }) => {
    title.replaceChildren(name);
    lead.replaceChildren(...introduce(supply));
    if (frames.size > 0) {
      while (highest < supply) hang(++highest, "prepend");
    } else {
      [lowest, highest] = [supply + 1n, supply];
      hangEarlier();
    }
  };
  part("main").replaceChildren(h("section", { class: "gallery" }, title, lead, wall, end));
  return { show };
}

function introduce(supply: bigint): (Node | string)[] {
  if (supply === 0n) {
    const mint = h("a", { href: "?mint" }, "Mint the first one");
    return ["Nothing has been minted yet. ", mint, ", or wait: new pieces appear here by themselves."];
  }
  const pieces = supply === 1n ? "One piece" : `${supply.toLocaleString("en")} pieces`;
  return [`${pieces}, drawn by a small neural network from a seed on chain. Your browser draws each anew.`];
}

function watchFrames(margin: string, onChange: (item: Element, isThere: boolean) => void): IntersectionObserver {
  const report = (entries: IntersectionObserverEntry[]) => {
    for (const { target, isIntersecting } of entries) onChange(target, isIntersecting);
  };
  return new IntersectionObserver(report, { rootMargin: `${margin} 0px` });
}

/** A frame on the wall, and whether somebody is drawing for it. */
interface Frame {
  see(draw: Visitor["onSeen"]): void;
  /** Out of sight: what isn't finished is given up. */
  lose(): void;
  /** The wall has another width: a picture of another size is drawn anew when it is seen. */
  refit(): void;
  /** Far out of sight: the picture is taken down. */
  clear(): void;
}

function createFrame(tokenId: bigint, sideOf: (frame: HTMLElement) => number): [HTMLElement, Frame] {
  const frame = h("div", { class: "frame" });
  const note = h("span", { class: "note" });
  const link = h("a", { href: tokenAddress(tokenId) }, frame, h("span", { class: "number" }, `No. ${tokenId}`), note);
  let drawn: "no" | "begun" | "done" = "no";
  let cancel = new AbortController();
  const sizeOf = () => Math.max(64, Math.min(MAX_CANVAS, Math.round(sideOf(frame) * devicePixelRatio)));
  const card: Card = {
    tokenId,
    showStage: (stage) => note.replaceChildren(NOTES[stage] ?? ""),
    showEmpty: (text) => note.replaceChildren(text),
    makeCanvas() {
      const size = sizeOf();
      const canvas = h("canvas", { width: size, height: size, "aria-hidden": "true" });
      frame.replaceChildren(canvas);
      return canvas;
    },
  };
  const see: Frame["see"] = async (draw) => {
    if (drawn !== "no") return;
    drawn = "begun";
    cancel = new AbortController();
    const { signal } = cancel;
    await draw(card, signal);
    if (!signal.aborted) drawn = "done";
  };
  const lose = () => {
    if (drawn !== "begun") return;
    drawn = "no";
    cancel.abort();
  };
  const giveUp = () => {
    lose();
    drawn = "no";
  };
  const refit = () => {
    const canvas = frame.querySelector("canvas");
    if (canvas && canvas.width !== sizeOf()) giveUp();
  };
  const clear = () => {
    giveUp();
    frame.replaceChildren();
  };
  return [h("li", {}, link), { see, lose, refit, clear }];
}

const NOTES: Record<number, string> = {
  [Stage.Minted]: "Waiting for its seed",
  [Stage.Drawn]: "Waiting for its picture",
};
