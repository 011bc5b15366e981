// Long values in little space.
import { h } from "./element.ts";

/** `0x1234567890…cdef`: the ends of a long value, enough to compare by eye. */
export function shorten(value: string, ends = 6): string {
  return value.length <= 2 * ends + 5 ? value : `${value.slice(0, ends + 2)}…${value.slice(-ends)}`;
}

/** A hash, address or CID: shortened, whole on hover; who selects just that copies all of it. */
export function code(value: string): HTMLElement {
  const element = h("code", { title: value }, shorten(value));
  element.addEventListener("copy", (event) => {
    if (String(getSelection()).trim() !== element.textContent) return;
    event.clipboardData?.setData("text/plain", value);
    event.preventDefault();
  });
  return element;
}
