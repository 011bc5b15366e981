// The picture, large: first exactly as attested, then with smooth edges, in as many pixels as the screen has for it.
import { type Drawing, type Failure, isCancelled, type OnRows, type Painted, type Painter } from "@verdigris/sdk";
import { findings } from "../verdict.ts";
import { h } from "./element.ts";

/** Finer than this adds nothing that an eye could see on a page, and the renderer makes nothing finer smooth. */
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
  /**
   * Draws a picture as it is attested, and lays smooth ones over it as the screen wants them, until another is drawn: what
   * isn't finished then is given up. Below it stands `caption`, or how long it took.
   */
  draw(drawing: Drawing, size: number, caption?: string): Promise<Painted>;
}

/** An empty place for a picture that `painter` draws. */
export function createPicture(painter: Painter): Picture {
  const frame = h("div", { class: "frame", role: "img", "aria-label": "The picture is on its way" });
  const caption = h("figcaption", {}, "\u00a0");
  let current = new AbortController();
  return {
    element: h("figure", { class: "picture" }, frame, caption),
    describe: (text) => frame.setAttribute("aria-label", text),
    showPlaceholder: (address) => frame.replaceChildren(h("img", { src: address, alt: "" })),
    explain(failure) {
      // A frame is an image, of which nothing inside is read out.
      frame.setAttribute("aria-label", failure.message);
      frame.replaceChildren(h("p", { class: "empty" }, failure.message));
    },
    async draw(drawing, size, name) {
      current.abort();
      current = new AbortController();
      const { signal } = current;
      const painted = await drawAttested(painter, frame, { drawing, size, signal });
      if (signal.aborted) return painted;
      caption.replaceChildren(name ?? `Drawn by your browser in ${formatMs(painted.ms)}, ${formatSize(size)} pixels`);
      keepSmooth(painter, frame, { drawing, size, signal });
      return painted;
    },
  };
}

interface Sized {
  drawing: Drawing;
  size: number;
  /** Another picture takes this one's place. */
  signal: AbortSignal;
}

/** What the frame showed stays until the first rows are there: if none come, it says why, or will. */
function drawAttested(painter: Painter, frame: HTMLElement, { drawing, size, signal }: Sized): Promise<Painted> {
  const canvas = h("canvas", { width: size, height: size });
  const put = rowsOnto(canvas);
  const onRows: OnRows = (y, rgba) => {
    if (!canvas.isConnected) frame.replaceChildren(canvas);
    put(y, rgba);
  };
  return painter.paint(drawing, { size, proof: true, signal, onRows });
}

/**
 * Lays a smooth picture over the attested one: as fine as the frame's device pixels, and never coarser than what was
 * attested. Until it is there, what lies below shows through.
 */
function keepSmooth(painter: Painter, frame: HTMLElement, { drawing, size, signal }: Sized): void {
  let cancel = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: number | undefined;
  const refine = async (wanted: number) => {
    cancel.abort();
    cancel = new AbortController();
    const canvas = h("canvas", { width: wanted, height: wanted });
    frame.append(canvas);
    try {
      await painter.paint(drawing, { size: wanted, smooth: true, signal: cancel.signal, onRows: rowsOnto(canvas) });
      for (const older of [...frame.querySelectorAll("canvas")].slice(1)) if (older !== canvas) older.remove();
      findings.shownSize = wanted;
    } catch (error) {
      canvas.remove();
      if (!isCancelled(error)) console.warn(error);
    }
  };
  const watch = new ResizeObserver((entries) => {
    const wanted = Math.max(size, Math.min(MAX_SHOWN_SIZE, devicePixels(entries[0] as ResizeObserverEntry)));
    if (wanted > MAX_SHOWN_SIZE || wanted === shown) return;
    clearTimeout(timer);
    timer = setTimeout(() => void refine(wanted), shown === undefined ? 0 : SETTLE_MS);
    shown = wanted;
  });
  watch.observe(frame);
  signal.addEventListener("abort", () => {
    watch.disconnect();
    clearTimeout(timer);
    cancel.abort();
  });
}

/** The frame's width in device pixels: the browser's own count, unless it doesn't know the screen's ratio. */
function devicePixels(entry: ResizeObserverEntry): number {
  const reckoned = entry.contentRect.width * devicePixelRatio;
  const counted = entry.devicePixelContentBoxSize?.[0]?.inlineSize ?? reckoned;
  return Math.round(Math.abs(counted - reckoned) <= 1 ? counted : reckoned);
}

/** Puts rows onto a canvas as they come; what is still to come lets through what lies below. */
export function rowsOnto(canvas: HTMLCanvasElement): OnRows {
  const context = canvas.getContext("2d");
  return (y, rgba) => context?.putImageData(new ImageData(rgba, canvas.width), 0, y);
}

function formatMs(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

function formatSize(size: number): string {
  return `${size.toLocaleString("en")} × ${size.toLocaleString("en")}`;
}
