// Cuts a picture into stripes of rows, one for a worker at a time.

/** A stripe should take about this long, so that a picture appears smoothly and what is cancelled ends at once. */
const STRIPE_MS = 12;
/** Less than this isn't worth a worker's while. */
const LEAST_MS = 2;
/** As long as nobody knows what a row costs. */
const FIRST_ROWS = 4;
/** The clock is no finer than this. */
const TICK_MS = 0.1;

/** Some rows of a picture: `from` included, `to` not. */
export interface Rows {
  from: number;
  to: number;
}

/** What is left to hand out of a picture, from the top. */
export interface Stripes {
  isLeft(): boolean;
  /** The next rows, if `workers` share what is left; one alone has nobody to wait for. */
  next(workers: number): Rows;
  /** So many rows took so long. */
  learn(rows: number, ms: number): void;
}

/**
 * The rows `first` to `end` - 1 of a picture, none of them handed out. `expectedMs` is asked what one takes when the first
 * are: other pictures may have shown it by then.
 */
export function cutStripes({ from: first, to: end }: Rows, expectedMs?: () => number | undefined): Stripes {
  let at = first;
  let rowMs: number | undefined;
  return {
    isLeft: () => at < end,
    next(workers) {
      const from = at;
      rowMs ??= expectedMs?.();
      at = Math.min(end, from + (rowMs === undefined ? FIRST_ROWS : rowsFor(rowMs, end - from, workers)));
      return { from, to: at };
    },
    learn(drawn, ms) {
      const now = Math.max(ms, TICK_MS) / drawn;
      rowMs = rowMs === undefined ? now : (rowMs + now) / 2;
    },
  };
}

/**
 * Towards the end stripes become smaller, so that no worker is left with a long one when the others are done. One alone
 * takes a small rest along: each stripe has its price, which small pictures feel.
 */
function rowsFor(rowMs: number, left: number, workers: number): number {
  const stripe = STRIPE_MS / rowMs;
  if (workers === 1 && left <= 1.5 * stripe) return left;
  const fair = workers > 1 ? left / (2 * workers) : left;
  return Math.ceil(Math.max(LEAST_MS / rowMs, Math.min(stripe, fair)));
}
