// Where a square picture lies in a window onto it, and how that changes when one zooms and moves it.

/** A picture `side` pixels wide and high whose left upper corner lies at (`x`, `y`) of the window; all in CSS pixels. */
export interface Placement {
  side: number;
  x: number;
  y: number;
}

/** The window, and how large the picture may become in it; CSS pixels. */
export interface ViewPort {
  width: number;
  height: number;
  /** The largest side. */
  most: number;
}

/** A pixel that is seen by less than this isn't seen: it comes from how computers divide. */
const ROUNDING = 1e-6;

/** The whole picture, in the middle. */
export function fit({ width, height, most }: ViewPort): Placement {
  const side = Math.min(width, height, most);
  return { side, x: (width - side) / 2, y: (height - side) / 2 };
}

/** The picture larger or smaller by a factor; the point of it at (`x`, `y`) of the window stays where it is. */
export function zoom(port: ViewPort, from: Placement, factor: number, { x, y }: { x: number; y: number }): Placement {
  const side = Math.max(fit(port).side, Math.min(port.most, from.side * factor));
  const grown = side / from.side;
  return settle(port, { side, x: x - (x - from.x) * grown, y: y - (y - from.y) * grown });
}

/** The picture moved; it never leaves a gap that it could fill. */
export function move(port: ViewPort, { side, x, y }: Placement, dx: number, dy: number): Placement {
  return settle(port, { side, x: x + dx, y: y + dy });
}

/** As near as possible to where it is without a gap; in the middle where it is smaller than the window. */
export function settle({ width, height }: ViewPort, { side, x, y }: Placement): Placement {
  const within = (at: number, room: number) =>
    side <= room ? (room - side) / 2 : Math.min(0, Math.max(room - side, at));
  return { side, x: within(x, width), y: within(y, height) };
}

/** Which pixels of the picture, drawn at `size`, can be seen: columns and rows, the first included, the last not. */
export function visible({ width, height }: ViewPort, { side, x, y }: Placement, size: number) {
  const span = (at: number, room: number): [number, number] => {
    const from = Math.max(0, Math.floor((-at / side) * size + ROUNDING));
    return [from, Math.max(from + 1, Math.min(size, Math.ceil(((room - at) / side) * size - ROUNDING)))];
  };
  return { columns: span(x, width), rows: span(y, height) };
}
