// The picture that the contract draws by itself, small, beside the one drawn here: row by row as it comes.
import { asFailure, THUMBNAIL } from "@verdigris/sdk";
import { h } from "./element.ts";
import { rowsOnto } from "./picture.ts";

/** The contract's drawing's place on the page. */
export interface ChainDrawing {
  element: HTMLElement;
  /** The contract begins to draw. */
  start(): void;
  /** Rows from `y` on, three bytes a pixel. */
  showRows(y: number, rgb: Uint8Array): void;
  /** The PNG that the token carries, once it is there; it takes the rows' place. */
  showFile(png: Uint8Array | undefined): void;
  /** Why there is no drawing. */
  explain(error: unknown): void;
}

const ALT = `The picture in ${THUMBNAIL} by ${THUMBNAIL} pixels, drawn by the contract`;

/** A place for the contract's drawing, empty until it begins. */
export function createChainDrawing(): ChainDrawing {
  const frame = h("div", { class: "frame pixelated" }, h("p", { class: "empty" }, "Not drawn yet"));
  const caption = h("figcaption", {}, "Drawn inside the Ethereum virtual machine");
  let canvas: HTMLCanvasElement | undefined;
  let put: ReturnType<typeof rowsOnto>;
  return {
    element: h("figure", { class: "small" }, frame, caption),
    start() {
      canvas = h("canvas", { width: THUMBNAIL, height: THUMBNAIL, role: "img", "aria-label": ALT });
      put = rowsOnto(canvas);
      frame.replaceChildren(canvas);
    },
    showRows: (y, rgb) => put(y, withAlpha(rgb)),
    showFile(png) {
      if (!png) return;
      const url = URL.createObjectURL(new Blob([new Uint8Array(png)], { type: "image/png" }));
      const image = h("img", { src: url, alt: ALT });
      image.addEventListener("load", () => frame.replaceChildren(image));
    },
    explain: (error) => frame.replaceChildren(h("p", { class: "empty" }, asFailure(error).message)),
  };
}

function withAlpha(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let at = 0; at < rgb.length; at++) rgba[Math.floor(at / 3) * 4 + (at % 3)] = rgb[at] as number;
  return rgba;
}
