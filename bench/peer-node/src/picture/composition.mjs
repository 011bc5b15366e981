// Composition 1: which part of the plane is seen, mirrored how and turned which way; and the frame around it.
import { cosine, coverage, lay, length, signed, sine } from "./exact.mjs";

/** Half the width of a mat's window, and the radius of a tondo's. */
const [MAT, TONDO] = [1700, 1780];

/** Gives for a point (p, q) the place (u, v) that it shows, as the two halves of `place`. */
export function sightOf(traits, choices) {
  let zoom = [11, 14, 18, 22][traits.density];
  if (traits.symmetry >= 4) zoom = (zoom + 22) >> 1;
  const room = 2040 - 91 * zoom;
  const [c, s] = [cosine(choices[0]), sine(choices[0])];
  const [du, dv] = [1, 2].map((i) => (signed(choices[i]) * room) >> 8);
  const fold = FOLDS[traits.symmetry];
  const folded = new Int32Array(2);
  return (place, p, q) => {
    fold(folded, p, q);
    const [x, y] = [(folded[0] * zoom) >> 5, (folded[1] * zoom) >> 5];
    place[0] = ((c * x - s * y) >> 10) + du;
    place[1] = ((s * x + c * y) >> 10) + dv;
  };
}

function put(to, p, q) {
  to[0] = p;
  to[1] = q;
}

/** Symmetries by the trait's number. */
const FOLDS = [
  put,
  (to, p, q) => put(to, Math.abs(p), q),
  (to, p, q) => put(to, p, Math.abs(q)),
  (to, p, q) => put(to, Math.max(p, q), Math.min(p, q)),
  (to, p, q) => put(to, Math.abs(p), Math.abs(q)),
  (to, p, q) => put(to, Math.max(Math.abs(p), Math.abs(q)), Math.min(Math.abs(p), Math.abs(q))),
];

const fromMiddle = (p, q) => Math.max(Math.abs(p), Math.abs(q));
const nowhere = () => false;

/** Frames by the trait's number: where nothing of the motif is seen, and how the frame is laid over a pixel. */
const FRAMES = [
  { covers: nowhere, lay: undefined },
  {
    covers: nowhere,
    lay: (rgb, at, size, p, q, inks) =>
      lay(rgb, at, inks.light, coverage(size, 10 - Math.abs(fromMiddle(p, q) - 1890))),
  },
  {
    covers: (size, p, q) => coverage(size, fromMiddle(p, q) - MAT) === 256,
    lay: (rgb, at, size, p, q, inks) => {
      const m = fromMiddle(p, q);
      lay(rgb, at, inks.light, coverage(size, m - MAT));
      lay(rgb, at, inks.dark, coverage(size, 5 - Math.abs(m - 1716)));
    },
  },
  {
    covers: (size, p, q) => coverage(size, length(p, q) - TONDO) === 256,
    lay: (rgb, at, size, p, q, inks) => {
      const radius = length(p, q);
      lay(rgb, at, inks.dark, coverage(size, radius - TONDO));
      lay(rgb, at, inks.accent, coverage(size, 8 - Math.abs(radius - 1830)));
    },
  },
];

/** The frame of a trait's value. */
export const frameOf = (value) => FRAMES[value];
