// What one can do with the picture: look at it from near, and take it along as a PNG.
import { asFailure, type Drawing, encodePng, MOST_PIXELS, type Painter } from "@verdigris/sdk";
import { h } from "./element.ts";
import type { Viewer } from "./viewer.ts";

/** Pixels a side that are offered beside the attested size. */
const SIZES = [512, 1024, 2048, MOST_PIXELS];

/** What the tools work on. */
export interface Subject {
  drawing: Drawing;
  /** The attested size. */
  size: number;
  /** What the piece is called. */
  name: string;
  /** The file's name, without its ending. */
  file: string;
}

/** The tools' place on the page. */
export interface PictureTools {
  element: HTMLElement;
  /** From now on the tools work on this. */
  show(subject: Subject): void;
}

/** Tools that are hidden until there is something to work on. */
export function createPictureTools(painter: Painter, viewer: Viewer): PictureTools {
  let subject: Subject | undefined;
  const look = h("button", { class: "quiet", type: "button" }, "Look closer");
  const sizes = h("select", { id: "download-size", "aria-label": "Size of the PNG" });
  const download = h("button", { class: "quiet", type: "button" }, "Download PNG");
  const trouble = h("span", { class: "trouble-note", role: "alert" });
  const element = h(
    "div",
    { class: "tools", hidden: true },
    look,
    h("span", { class: "download" }, sizes, download),
    trouble,
  );
  look.addEventListener("click", () => subject && viewer.open(subject.drawing, subject.name));
  download.addEventListener("click", async () => {
    if (!subject) return;
    download.disabled = true;
    trouble.replaceChildren();
    try {
      await save(painter, subject, Number(sizes.value));
    } catch (error) {
      trouble.replaceChildren(asFailure(error).message);
    } finally {
      download.disabled = false;
    }
  });
  return {
    element,
    show(next) {
      if (next.size !== subject?.size) sizes.replaceChildren(...options(next.size));
      subject = next;
      element.hidden = false;
    },
  };
}

function options(attested: number): HTMLOptionElement[] {
  const sizes = [...new Set([attested, ...SIZES])].sort((one, other) => one - other);
  return sizes.map((size) => {
    const text = `${size.toLocaleString("en")} × ${size.toLocaleString("en")}`;
    return h("option", { value: size, selected: size === attested }, size === attested ? `${text}, as attested` : text);
  });
}

async function save(painter: Painter, { drawing, file }: Subject, size: number): Promise<void> {
  const rgba = new Uint8ClampedArray(size * size * 4);
  await painter.paint(drawing, { size, onRows: (y, rows) => rgba.set(rows, y * size * 4) });
  const png = new Blob([await encodePng({ size, rgba })], { type: "image/png" });
  const address = URL.createObjectURL(png);
  h("a", { href: address, download: `${file}-${size}.png` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
