// A picture in a window onto it: whatever one does, it stays in sight and leaves no gap.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./typescript.mjs";

const { fit, move, settle, visible, zoom } = await import("../src/view/view-port.ts");

const PORTS = [
  { width: 1440, height: 820, most: 4096 },
  { width: 390, height: 720, most: 2048 },
  { width: 5000, height: 5000, most: 4096 },
];

/** The same numbers at every run (Numerical Recipes' generator). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const close = (one, other) => Math.abs(one - other) < 1e-6;

test("the whole picture fits into the window, in the middle", () => {
  assert.deepEqual(fit(PORTS[0]), { side: 820, x: 310, y: 0 });
  assert.deepEqual(fit(PORTS[1]), { side: 390, x: 0, y: 165 });
  assert.deepEqual(fit(PORTS[2]), { side: 4096, x: 452, y: 452 });
});

test("the point under the finger stays there, unless that would leave a gap", () => {
  const port = PORTS[0];
  const at = { x: 700, y: 400 };
  const before = fit(port);
  const after = zoom(port, before, 3, at);
  const under = ({ side, x, y }) => [(at.x - x) / side, (at.y - y) / side];
  assert.equal(after.side, 2460);
  const [here, there] = [under(before), under(after)];
  assert.ok(close(here[0], there[0]) && close(here[1], there[1]));
});

test("whatever is done to it, the picture stays between the whole and the finest, and leaves no gap", () => {
  for (const port of PORTS) {
    const random = numbers(7);
    let placement = fit(port);
    for (let step = 0; step < 2000; step++) {
      const at = { x: random() * port.width, y: random() * port.height };
      placement =
        random() < 0.5
          ? zoom(port, placement, 0.3 + random() * 3, at)
          : move(port, placement, (random() - 0.5) * 3000, (random() - 0.5) * 3000);
      const { side, x, y } = placement;
      assert.ok(side >= fit(port).side && side <= port.most, `side ${side}`);
      for (const [start, room] of [
        [x, port.width],
        [y, port.height],
      ]) {
        if (side <= room) assert.ok(close(start, (room - side) / 2));
        else assert.ok(start <= 1e-6 && start + side >= room - 1e-6, `${start} of ${side} in ${room}`);
      }
      assert.deepEqual(settle(port, placement), placement);
    }
  }
});

test("what can be seen are rows and columns of the picture, all that touch the window and no others", () => {
  const port = PORTS[0];
  assert.deepEqual(visible(port, fit(port), 820), { columns: [0, 820], rows: [0, 820] });
  const near = { side: 4096, x: -1000.5, y: -2000 };
  assert.deepEqual(visible(port, near, 4096), { columns: [1000, 2441], rows: [2000, 2820] });
  assert.deepEqual(visible(port, near, 2048), { columns: [500, 1221], rows: [1000, 1410] });
});
