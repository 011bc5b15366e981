// Looks for an event with nodes, too, that give events for few blocks at a time.

/** Blocks of a page where a node refuses the whole range, and where it refuses that, too. */
const PAGE = 10_000n;
const SMALL_PAGE = 1_000n;
/** Most pages that are read to find one event. */
const MAX_PAGES = 100;

/** What a node is asked for, both ends included. */
export interface BlockRange {
  fromBlock: bigint;
  toBlock: bigint | "latest";
}

/** What {@link searchBack} asks, and of whom. */
export interface Search<E> {
  /** Nothing is looked for before this block. */
  fromBlock: bigint;
  /** The events of a range, the oldest first. */
  read: (range: BlockRange) => Promise<readonly E[]>;
  isWanted: (event: E) => boolean;
  /** The newest block's number. */
  head: () => Promise<bigint>;
  /** Whether an error says that a node doesn't give so much at once. */
  isRefusal: (error: unknown) => boolean;
}

/**
 * The newest event that is wanted: looked for in all blocks at once and, where a node refuses that, page by page towards
 * the first.
 */
export async function searchBack<E>({ fromBlock, read, isWanted, head, isRefusal }: Search<E>): Promise<E | undefined> {
  try {
    return (await read({ fromBlock, toBlock: "latest" })).findLast(isWanted);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  let toBlock = await head();
  let length = PAGE;
  for (let page = 0; page < MAX_PAGES && toBlock >= fromBlock; page++) {
    const first = toBlock - length + 1n;
    const range = { fromBlock: first > fromBlock ? first : fromBlock, toBlock };
    try {
      const found = (await read(range)).findLast(isWanted);
      if (found) return found;
      toBlock = range.fromBlock - 1n;
    } catch (error) {
      if (length === SMALL_PAGE || !isRefusal(error)) throw error;
      length = SMALL_PAGE;
    }
  }
  return undefined;
}
