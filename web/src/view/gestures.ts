// What hands do with a picture: drag it, pinch it, turn the wheel over it, tap it twice.

/** What a gesture means; points and distances in CSS pixels of the element. */
export interface Gestures {
  /** Larger by `factor`, around a point. */
  zoom(factor: number, at: { x: number; y: number }): void;
  move(dx: number, dy: number): void;
}

/** How much a wheel's turn of one pixel zooms, as an exponent of e. */
const WHEEL = 0.0025;
const DOUBLE_TAP = 2;

/** Listens on an element from now on. */
export function listenForGestures(element: HTMLElement, { zoom, move }: Gestures): void {
  const held = new Map<number, { x: number; y: number }>();
  const pointOf = ({ clientX, clientY }: MouseEvent) => {
    const { left, top } = element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * WHEEL), pointOf(event));
    },
    { passive: false },
  );
  element.addEventListener("dblclick", (event) => zoom(DOUBLE_TAP, pointOf(event)));
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    held.set(event.pointerId, pointOf(event));
  });
  element.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (!before) return;
    const now = pointOf(event);
    const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
    held.set(event.pointerId, now);
    if (!other) return move(now.x - before.x, now.y - before.y);
    const distance = (point: { x: number; y: number }) => Math.hypot(point.x - other.x, point.y - other.y);
    move((now.x - before.x) / 2, (now.y - before.y) / 2);
    zoom(distance(now) / Math.max(1, distance(before)), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    element.addEventListener(end, ({ pointerId }) => held.delete(pointerId));
  }
}
