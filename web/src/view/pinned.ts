// The pinned picture, small, beside the one drawn here. It shows the very bytes that are checked.

import { type Failure, formatCid } from "@verdigris/sdk";
import type { Hex } from "viem";
import { h } from "./element.ts";
import { shorten } from "./short.ts";

/** The pinned picture's place on the page. */
export interface Pinned {
  element: HTMLElement;
  /** The picture's file, as the gateway sent it. */
  show(file: Uint8Array, cid: Hex, address: string): void;
  /** Why there is no picture. */
  explain(failure: Failure): void;
}

/** A place for the pinned picture, empty until there is one. */
export function createPinned(): Pinned {
  const frame = h("div", { class: "frame" }, h("p", { class: "empty" }, "Not pinned yet"));
  const caption = h("figcaption", {}, "Pinned picture");
  return {
    element: h("figure", { class: "small pinned" }, frame, caption),
    show(file, cid, address) {
      const url = URL.createObjectURL(new Blob([new Uint8Array(file)], { type: "image/png" }));
      const image = h("img", { src: url, alt: "The pinned picture, as the IPFS gateway sent it" });
      image.addEventListener("error", () => frame.replaceChildren(h("p", { class: "empty" }, "This is no picture")));
      frame.replaceChildren(image);
      const text = formatCid(cid);
      const link = h("a", { href: address, title: text, rel: "noreferrer" }, h("code", {}, shorten(text)));
      caption.replaceChildren("Pinned on IPFS as ", link);
    },
    explain(failure) {
      frame.replaceChildren(h("p", { class: "empty" }, failure.message));
    },
  };
}
