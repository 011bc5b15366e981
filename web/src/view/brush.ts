// Puts pictures onto a wall of canvases together, some times a second: whichever of them changes, the browser looks through
// all of the wall.
import type { OnRows } from "@verdigris/sdk";
import { rowsOnto } from "./picture.ts";

/** Between two changes of the wall. */
const PAUSE_MS = 40;

/** Changes of a wall, in the order asked for. */
export interface Brush {
  /** Does something with the next change; at once, if the last is long over. */
  soon(change: () => void): void;
  /** Puts rows onto a canvas so. */
  onto(canvas: HTMLCanvasElement): OnRows;
}

/** A brush that waits for nothing. */
export function createBrush(): Brush {
  let waiting: (() => void)[] = [];
  let last = Number.NEGATIVE_INFINITY;
  const change = () => {
    const changes = waiting;
    [waiting, last] = [[], performance.now()];
    for (const each of changes) each();
  };
  const soon: Brush["soon"] = (each) => {
    waiting.push(each);
    if (waiting.length > 1) return;
    const pause = last + PAUSE_MS - performance.now();
    if (pause <= 0) change();
    else setTimeout(change, pause);
  };
  const onto: Brush["onto"] = (canvas) => {
    const put = rowsOnto(canvas);
    return (y, rgba) => soon(() => put(y, rgba));
  };
  return { soon, onto };
}
