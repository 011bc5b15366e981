// The picture, large: first exactly as attested, then drawn finer if the screen has more pixels than that.

import { type Failure, isCancelled } from "../failure.ts";
import type { Drawing } from "../painter/job.ts";
import type { Painted, Painter } from "../painter/painter.ts";
import { findings } from "../verdict.ts";
import { h } from "./element.ts";

/** Finer than this adds nothing that an eye could see on a page. */
const MAX_SHOWN_SIZE = 2048;
/** A window that is being resized is left alone for this long before the picture is drawn anew. */
const SETTLE_MS = 160;

/** The large picture's place on the page. */
export interface Picture {
  element: HTMLElement;
  /** Says what the picture shows, for those who can't see it. */
  describe(text: string): void;
  /** Shows an image in the picture's place until there is one. */
  showPlaceholder(address: string): void;
  /** Says why there is no picture. */
  explain(failure: Failure): void;
  /** Draws the attested picture, and after it finer ones as the screen wants them. */
  draw(drawing: Drawing, size: number): Promise<Painted>;
}

/** An empty place for a picture that `painter` draws. */
export function createPicture(painter: Painter): Picture {
  const frame = h("div", { class: "frame", role: "img", "aria-label": "The picture is on its way" });
  const caption = h("figcaption", {}, "\u00a0");
  return {
    element: h("figure", { class: "picture" }, frame, caption),
    describe: (text) => frame.setAttribute("aria-label", text),
    showPlaceholder: (address) => frame.replaceChildren(h("img", { src: address, alt: "" })),
    explain: (failure) => frame.replaceChildren(h("p", { class: "empty" }, failure.message)),
    async draw(drawing, size) {
      const painted = await drawAttested(painter, frame, { drawing, size });
      caption.replaceChildren(`Drawn by your browser in ${formatMs(painted.ms)}, ${formatSize(size)} pixels`);
      keepFine(painter, frame, { drawing, size });
      return painted;
    },
  };
}

interface Sized {
  drawing: Drawing;
  size: number;
}

function drawAttested(painter: Painter, frame: HTMLElement, { drawing, size }: Sized): Promise<Painted> {
  const canvas = h("canvas", { width: size, height: size });
  frame.replaceChildren(canvas);
  return painter.paint(drawing, { size, proof: true, signal: new AbortController().signal, onRows: rowsOnto(canvas) });
}

/** Lays a finer picture over the attested one whenever the frame has more device pixels. */
function keepFine(painter: Painter, frame: HTMLElement, { drawing, size }: Sized): void {
  let cancel = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown = size;
  const refine = async (wanted: number) => {
    cancel.abort();
    cancel = new AbortController();
    const canvas = h("canvas", { width: wanted, height: wanted });
    frame.append(canvas);
    try {
      await painter.paint(drawing, { size: wanted, signal: cancel.signal, onRows: rowsOnto(canvas) });
      for (const older of [...frame.querySelectorAll("canvas")].slice(1)) if (older !== canvas) older.remove();
      findings.shownSize = wanted;
    } catch (error) {
      canvas.remove();
      if (!isCancelled(error)) console.warn(error);
    }
  };
  const watch = new ResizeObserver((entries) => {
    const wanted = Math.min(MAX_SHOWN_SIZE, devicePixels(entries[0] as ResizeObserverEntry));
    if (wanted <= size || wanted === shown) return;
    clearTimeout(timer);
    timer = setTimeout(() => void refine(wanted), shown === size ? 0 : SETTLE_MS);
    shown = wanted;
  });
  watch.observe(frame);
}

/** The frame's width in device pixels: the browser's own count, unless it doesn't know the screen's ratio. */
function devicePixels(entry: ResizeObserverEntry): number {
  const reckoned = entry.contentRect.width * devicePixelRatio;
  const counted = entry.devicePixelContentBoxSize?.[0]?.inlineSize ?? reckoned;
  return Math.abs(counted - reckoned) <= 1 ? counted : Math.round(reckoned);
}

/** Puts rows onto a canvas as they come; what is still to come is black, or lets the paper through. */
export function rowsOnto(canvas: HTMLCanvasElement, ahead: "black" | "transparent" = "black") {
  const context = canvas.getContext("2d", { alpha: ahead === "transparent" });
  return (y: number, rgba: Uint8ClampedArray<ArrayBuffer>) =>
    context?.putImageData(new ImageData(rgba, canvas.width), 0, y);
}

function formatMs(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

function formatSize(size: number): string {
  return `${size.toLocaleString("en")} × ${size.toLocaleString("en")}`;
}
