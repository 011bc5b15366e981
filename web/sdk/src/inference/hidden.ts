// A wrong picture that nobody shows: what is demanded of it on chain, what was shown of it, and what that proves. First come
// the leaves of its tree, then the tile whose right leaf is not among them.
import { type Client, concat, type Hex, hexToBytes } from "viem";
import { getBlock, getContractEvents } from "viem/actions";
import { type LogPlace, readEvents } from "../events.ts";
import { Failure } from "../failure.ts";
import { inferenceHubAbi } from "../generated/abi.ts";
import { type Opening, type PixelTree, rootOf, TILE } from "./pixel-tree.ts";
import type { RequestParameters } from "./standing.ts";

/** Stands for a tile's number where all leaves of a picture's tree are demanded: the hub's `LEAVES`. */
export const LEAVES = 2 ** 32 - 2;

/** Where a hidden picture stands; `index` is a tile's number, or `LEAVES`. */
export type Hidden =
  /** Nobody has demanded what would prove it wrong. */
  | { kind: "unshown"; index: number }
  /** It is demanded, and may be shown until `answerBy` (Unix time, the chain's). */
  | { kind: "demanded"; index: number; answerBy: bigint }
  /** It was demanded, and not shown in time. */
  | { kind: "withheld"; index: number }
  /** It was shown, and is wrong. */
  | WrongPixel;

/** A pixel that proves a picture wrong, and the tile that it stands in. */
export interface WrongPixel {
  kind: "pixel";
  opening: Opening;
  /** The pixel's place in the tile. */
  column: number;
  row: number;
}

/** Which proposal is meant, and what it should be. */
export interface ExamineHiddenParameters extends RequestParameters {
  /** The proposal's own event: an earlier proposal's demands don't count. */
  proposed: LogPlace;
  /** The root that is claimed. */
  root: Hex;
  /** The tree of the right picture. */
  right: PixelTree;
}

/** What has become of a picture that nobody shows by itself. */
export async function examineHidden(
  client: Client,
  { hub, requestId, proposed, root, right }: ExamineHiddenParameters,
): Promise<Hidden> {
  const { demands, halves, tiles } = await readTold(client, { hub, requestId, proposed });
  const awaited = async (index: number): Promise<Hidden> => {
    const demand = demands.find((demand) => demand.index === index);
    if (!demand) return { kind: "unshown", index };
    const { timestamp } = await getBlock(client, { includeTransactions: false });
    return timestamp > demand.answerBy ? { kind: "withheld", index } : { kind: "demanded", ...demand };
  };
  const leaves = new Set(halves.flatMap((half) => half.leaves));
  const isWhole = halves.some((half) => half.complete) && rootOf([...leaves]) === root;
  if (!isWhole) return awaited(LEAVES);
  for (let index = 0; index < right.count; index++) {
    const tile = right.open(index);
    if (leaves.has(tile.leaf)) continue;
    const shown = tiles.find((shown) => shown.index === index);
    return (shown && wrongPixel(shown, tile)) ?? awaited(index);
  }
  throw new Failure("The leaves that were shown are the right ones, but under another root.");
}

/** What the hub has told of a proposal since it was made. */
async function readTold(client: Client, { hub, requestId, proposed }: RequestParameters & { proposed: LogPlace }) {
  const at = { address: hub, abi: inferenceHubAbi, args: { requestId }, strict: true } as const;
  const from = proposed.blockNumber;
  const [demands, halves, tiles] = await Promise.all([
    readEvents(client, from, (range) => getContractEvents(client, { ...at, ...range, eventName: "TileDemanded" })),
    readEvents(client, from, (range) => getContractEvents(client, { ...at, ...range, eventName: "LeavesShown" })),
    readEvents(client, from, (range) => getContractEvents(client, { ...at, ...range, eventName: "TileShown" })),
  ]);
  const isLater = ({ blockNumber, logIndex }: LogPlace) =>
    blockNumber > proposed.blockNumber || logIndex > proposed.logIndex;
  return {
    demands: demands.filter(isLater).map(({ args: { index, answerBy } }) => ({ index, answerBy })),
    halves: halves.filter(isLater).map(({ args }) => args),
    tiles: tiles.filter(isLater).map(({ args }) => args.opening),
  };
}

/** What proves a tile wrong: its first pixel that isn't the right one's; nothing if it is right. */
export function wrongPixel({ index, tile, proof }: Opening, right: Opening): WrongPixel | undefined {
  const [shown, wanted] = [hexToBytes(concat(tile)), hexToBytes(concat(right.tile))];
  const at = Math.floor(shown.findIndex((byte, at) => byte !== wanted[at]) / 3);
  if (at < 0) return undefined;
  return { kind: "pixel", opening: { index, tile, proof }, column: at % TILE, row: Math.floor(at / TILE) };
}
