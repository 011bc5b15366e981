// The marks beside each check; shape and words tell them apart, not colour alone.

import type { CheckStatus } from "@verdigris/sdk";

const SVG = "http://www.w3.org/2000/svg";
const PATHS: Record<CheckStatus, string> = {
  pending: "",
  holds: "M6.5 12.5l3.6 3.6 7.4-8",
  fails: "M8 8l8 8M16 8l-8 8",
  unknown: "M12 7v6M12 16.4v.1",
};

/** The mark of a status, hidden from screen readers: the words beside it say the same. */
export function icon(status: CheckStatus): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    viewBox: "0 0 24 24",
    class: `icon ${status}`,
    "aria-hidden": "true",
  })) {
    svg.setAttribute(name, value);
  }
  const ring = document.createElementNS(SVG, "circle");
  for (const [name, value] of Object.entries({ cx: "12", cy: "12", r: "10.5" })) ring.setAttribute(name, value);
  const mark = document.createElementNS(SVG, "path");
  mark.setAttribute("d", PATHS[status]);
  svg.append(ring, mark);
  return svg;
}
