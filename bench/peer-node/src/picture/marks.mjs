// Small exact drawings over the motif: discs, rings, bars and a seal, which the seed places.
import { cosine, coverage, lay, length, signed, sine } from "./exact.mjs";

/** How far a shade of dark ink reaches beyond a mark. */
const SHADE = 8;
/** Where a seal's upper left corner lies, both ways, and the side of one of its cells. */
const [CORNER, CELL] = [912, 48];
const STARS = 7;
/** What is not on a mark: no ink and no shade. */
const OUTSIDE = -(1 << 20);

/**
 * The marks of a trait's value. Each has the box that it lies in (`left` to `bottom`, its shade left out) and
 * `inside(p, q, reach)`, how far within its edge a point lies; a seal gives its ink instead.
 */
export function marksOf(value, choices, inks) {
  return [() => [], seal, orbits, constellation][value](choices, inks);
}

/** Lays a mark over a picture whose columns and rows lie at `points`. */
export function layMark(rgb, size, points, mark, inks) {
  const reach = SHADE + Math.floor(2048 / size) + 2;
  const within = (at, from, to) => at < to + reach && at > from - reach;
  for (let y = 0; y < size; y++) {
    const q = points[y];
    if (!within(q, mark.top, mark.bottom)) continue;
    for (let x = 0; x < size; x++) {
      const p = points[x];
      if (!within(p, mark.left, mark.right)) continue;
      const at = 3 * (y * size + x);
      if (mark.inkAt) {
        const ink = mark.inkAt(p, q);
        if (ink) rgb.set(ink, at);
        continue;
      }
      const inside = mark.inside(p, q, reach);
      const shade = coverage(size, inside + SHADE);
      if (shade === 0) continue;
      lay(rgb, at, inks.dark, shade >> 1);
      lay(rgb, at, mark.ink, coverage(size, inside));
    }
  }
}

/** A square of 7 × 7 cells: a rim around 15 bits, mirrored. */
function seal(choices, { light, accent }) {
  const bits = choices[3] | (choices[4] << 8);
  const end = CORNER + 7 * CELL;
  const inkAt = (p, q) => {
    if (p < CORNER || p >= end || q < CORNER || q >= end) return undefined;
    const i = Math.floor((p - CORNER) / CELL) - 1;
    const j = Math.floor((q - CORNER) / CELL) - 1;
    const isInner = i >= 0 && i < 5 && j >= 0 && j < 5;
    return isInner && (bits >> (3 * j + Math.min(i, 4 - i))) & 1 ? light : accent;
  };
  return [{ left: CORNER, right: end, top: CORNER, bottom: end, inkAt }];
}

function orbits(choices, { light, accent }) {
  const [x, y] = [signed(choices[5]) * 6, signed(choices[6]) * 6];
  return [260, 560, 900].flatMap((least, n) => {
    const radius = least + choices[7 + n];
    const angle = choices[10 + n];
    const [dx, dy] = [(cosine(angle) * radius) >> 10, (sine(angle) * radius) >> 10];
    return [ring(x, y, radius, 6, light), disc(x + dx, y + dy, 40, accent)];
  });
}

function constellation(choices, { light, accent }) {
  const stars = Array.from({ length: STARS }, (_, n) => [5, 6].map((i) => signed(choices[i + 2 * n]) * 11));
  const bars = stars.slice(1).map((to, n) => bar(stars[n], to, 4, light));
  const discs = stars.map(([x, y], n) => disc(x, y, 15 + (choices[19 + n] & 15), n === 0 ? accent : light));
  return [...bars, ...discs];
}

/** All within a radius. */
function disc(x, y, radius, ink) {
  return { ...box(x, y, radius), ink, inside: (p, q) => radius - length(p - x, q - y) };
}

/** All within `half` of a circle. */
function ring(x, y, radius, half, ink) {
  return { ...box(x, y, radius + half), ink, inside: (p, q) => half - Math.abs(length(p - x, q - y) - radius) };
}

const box = (x, y, radius) => ({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius });

/** All within `half` of a segment, between its ends. */
function bar([x, y], [toX, toY], half, ink) {
  const [dx, dy] = [toX - x, toY - y];
  const long = length(dx, dy);
  const square = dx * dx + dy * dy;
  const inside = (p, q, reach) => {
    const [px, py] = [p - x, q - y];
    const along = px * dx + py * dy;
    const across = Math.abs(px * dy - py * dx);
    if (across >= (half + reach) * long || along < 0 || along > square) return OUTSIDE;
    return half - Math.floor(across / long);
  };
  const [left, right] = [Math.min(x, toX) - half, Math.max(x, toX) + half];
  return { left, right, top: Math.min(y, toY) - half, bottom: Math.max(y, toY) + half, ink, inside };
}
