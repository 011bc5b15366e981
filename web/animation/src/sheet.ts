// The canvas that a picture is drawn on: a square as large as the window, one pixel for each of the screen's.

/** A side of the largest picture that the renderer draws. */
const MOST_PIXELS = 4096;

/** A canvas in the page. */
export interface Sheet {
  /** Its width and height in pixels. */
  size: number;
  context: CanvasRenderingContext2D;
}

/** Puts a sheet into the page that fits the window by now; until it is drawn on, it shows what `before` shows. */
export function laySheet(before: Sheet | undefined): Sheet {
  const side = Math.min(innerWidth, innerHeight);
  const size = Math.max(1, Math.min(MOST_PIXELS, Math.floor(side * devicePixelRatio)));
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  canvas.style.width = canvas.style.height = `${size < MOST_PIXELS ? size / devicePixelRatio : side}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "A picture that a small neural network drew from a seed");
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser gives no canvas to draw on.");
  if (before) context.drawImage(before.context.canvas, 0, 0, size, size);
  document.body.replaceChildren(canvas);
  return { size, context };
}
