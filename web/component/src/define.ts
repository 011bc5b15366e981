// Registers the element under a name.
import { VerdigrisArt } from "./element.ts";

/** Registers the element, under another name if one is given; does nothing if that name is taken, or outside of a page. */
export function defineVerdigrisArt(name = "verdigris-art"): void {
  if (typeof customElements === "undefined" || customElements.get(name)) return;
  // A class goes by one name only, so each name has a class of its own.
  customElements.define(name, name === "verdigris-art" ? VerdigrisArt : class extends VerdigrisArt {});
}
