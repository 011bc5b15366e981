// What the element shows: a canvas as fine as the screen, until then whatever the page put inside the element, and
// words if there is no picture.
import type { Drawing } from "../../sdk/src/render/messages.ts";
import { MOST_SIZE } from "./attributes.ts";
import { paint } from "./paint.ts";

/** An element that is being resized is left alone for this long before the picture is drawn anew. */
const SETTLE_MS = 160;

const STYLE = `
  :host { display: block; box-sizing: border-box; position: relative; width: 100%; max-width: 100%; aspect-ratio: 1;
    overflow: hidden; background: color-mix(in srgb, currentColor 6%, transparent) }
  :host([hidden]) { display: none }
  canvas { position: absolute; inset: 0; width: 100%; height: 100% }
  canvas[data-empty] { opacity: 0 }
  slot[hidden] { display: none }
  ::slotted(img) { position: absolute; inset: 0; width: 100%; height: 100% }
  p { position: absolute; inset: 0; display: grid; place-content: center; margin: 0; padding: 1em; overflow: auto;
    font-size: 0.875em; line-height: 1.4; text-align: center; overflow-wrap: anywhere }
  p:empty { display: none }
`;

/** What the element shows. */
export interface Screen {
  /** Says what the picture shows, for those who can't see it. */
  describe(text: string): void;
  /** Says why there is no picture; nothing, if there is one. */
  say(text: string): void;
  /** The drawing's width and height in pixels, and the element's on the page; as the page lays it out, if not given. */
  resize(size: number | undefined): void;
  /** Draws a picture, and draws it anew from now on whenever it should be finer; resolves when the first is there. */
  show(drawing: Drawing, signal: AbortSignal): Promise<void>;
  /** Takes the picture away. */
  clear(): void;
}

/** An empty screen in a shadow tree. */
export function createScreen(root: ShadowRoot): Screen {
  const canvas = document.createElement("canvas");
  const words = document.createElement("p");
  const slot = document.createElement("slot");
  for (const [name, value] of Object.entries({ role: "img", part: "canvas", "data-empty": "" })) {
    canvas.setAttribute(name, value);
  }
  words.setAttribute("role", "status");
  words.setAttribute("part", "message");
  root.replaceChildren(slot, canvas, words);
  // Sheets made by script are not the page's inline styles, so its policy may forbid those.
  const [sheet, sized] = [new CSSStyleSheet(), new CSSStyleSheet()];
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet, sized];

  let given: number | undefined;
  let shown: Drawing | undefined;
  let kept: AbortSignal | undefined;
  const speak = (text: string) => {
    words.textContent = text;
    canvas.setAttribute("aria-hidden", String(text !== ""));
  };
  return {
    describe: (text) => canvas.setAttribute("aria-label", text),
    say: (text) => speak(shown ? "" : text),
    resize(size) {
      given = size;
      sized.replaceSync(size === undefined ? "" : `:host { width: ${size}px }`);
    },
    async show(drawing, signal) {
      speak("");
      const size = sizeOf(canvas, given);
      if (!shown || !isSame(shown, drawing) || size !== canvas.width) {
        await (shown ? replace : drawOnto)(canvas, drawing, size, signal);
      }
      shown = drawing;
      slot.hidden = true;
      if (given === undefined && kept !== signal) keepFine(canvas, drawing, signal);
      kept = signal;
    },
    clear() {
      shown = undefined;
      slot.hidden = false;
      canvas.dataset.empty = "";
      speak("");
    },
  };
}

/** Draws a picture where one can see it come. */
function drawOnto(canvas: HTMLCanvasElement, drawing: Drawing, size: number, signal: AbortSignal): Promise<void> {
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  const onRows = (y: number, rgba: Uint8ClampedArray<ArrayBuffer>) => {
    delete canvas.dataset.empty;
    context?.putImageData(new ImageData(rgba, size), 0, y);
  };
  return paint(drawing, { size, smooth: true, signal, onRows });
}

/** Draws a picture elsewhere, and puts it in the place of the one before when it is done. */
async function replace(canvas: HTMLCanvasElement, drawing: Drawing, size: number, signal: AbortSignal): Promise<void> {
  const fresh = document.createElement("canvas");
  await drawOnto(fresh, drawing, size, signal);
  canvas.width = canvas.height = size;
  canvas.getContext("2d")?.drawImage(fresh, 0, 0);
}

/** Draws the picture anew whenever the element's size on the screen has changed, until it is cancelled. */
function keepFine(canvas: HTMLCanvasElement, drawing: Drawing, signal: AbortSignal): void {
  let cancel = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const size = sizeOf(canvas, undefined);
      cancel.abort();
      if (size === canvas.width || canvas.clientWidth === 0) return;
      cancel = new AbortController();
      replace(canvas, drawing, size, cancel.signal).catch(() => {}); // cancelled; or a picture stays that is less fine
    }, SETTLE_MS);
  });
  watch.observe(canvas);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    cancel.abort();
    watch.disconnect();
  });
}

/** How many pixels the drawing should have: those of the screen, unless the page has said. */
function sizeOf(canvas: HTMLCanvasElement, given: number | undefined): number {
  const onScreen = Math.round(canvas.getBoundingClientRect().width * devicePixelRatio);
  return given ?? Math.max(1, Math.min(MOST_SIZE, onScreen));
}

function isSame(one: Drawing, other: Drawing): boolean {
  const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  if (one.stages !== other.stages || !same(one.model, other.model)) return false;
  return same(one.seed, other.seed) && same(one.traits, other.traits);
}
