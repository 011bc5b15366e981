// Looks for events with nodes, too, that give events for few blocks at a time.
import { Failure } from "./failure.ts";

/** Blocks of a page where a node refuses the whole range, and where it refuses that, too. */
const PAGE = 10_000n;
const SMALL_PAGE = 1_000n;
/** Most pages that are read. */
const MAX_PAGES = 100;

/** What a node is asked for, both ends included. */
export interface BlockRange {
  fromBlock: bigint;
  toBlock: bigint | "latest";
}

/** What is asked, of whom, and in which order. */
export interface Search<E> {
  /** Nothing is looked for before this block. */
  fromBlock: bigint;
  /** Whether what is looked for is near that block, and not near the newest. */
  isEarly: boolean;
  /** The events of a range, the oldest first. */
  read: (range: BlockRange) => Promise<readonly E[]>;
  /** The newest block's number. */
  head: () => Promise<bigint>;
  /** Whether an error says that a node doesn't give so much at once. */
  isRefusal: (error: unknown) => boolean;
}

/** The first event that is wanted, from the side on which it is looked for. */
export async function search<E>(asked: Search<E>, isWanted: (event: E) => boolean): Promise<E | undefined> {
  for await (const events of pages(asked)) {
    const found = asked.isEarly ? events.find(isWanted) : events.findLast(isWanted);
    if (found) return found;
  }
  return undefined;
}

/** All events, in pages: all blocks in one where the node gives that. */
export async function* pages<E>({
  fromBlock,
  isEarly,
  read,
  head,
  isRefusal,
}: Search<E>): AsyncGenerator<readonly E[]> {
  try {
    return yield await read({ fromBlock, toBlock: "latest" });
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  let [first, last] = [fromBlock, await head()]; // what isn't read yet
  let length = PAGE;
  for (let page = 0; first <= last; page++) {
    if (page === MAX_PAGES)
      throw new Failure(`The node gives few blocks at once, and ${first} to ${last} weren’t read.`);
    const most = last - first + 1n < length ? last - first + 1n : length;
    const range = isEarly
      ? { fromBlock: first, toBlock: first + most - 1n }
      : { fromBlock: last - most + 1n, toBlock: last };
    try {
      yield await read(range);
    } catch (error) {
      if (length === SMALL_PAGE || !isRefusal(error)) throw error;
      length = SMALL_PAGE;
      continue;
    }
    if (isEarly) first = range.toBlock + 1n;
    else last = range.fromBlock - 1n;
  }
}
