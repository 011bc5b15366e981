// The Merkle tree over a picture's 8×8 tiles (docs/protocol.md, section 2): OpenZeppelin's standard tree, whose root the
// chain holds. Here it gives the path that shows one tile to a contract.
import { bytesToHex, concat, encodeAbiParameters, type Hex, keccak256 } from "viem";

/** Pixels a side of a tile. */
export const TILE = 8;

/** A tile as the hub takes it. */
export interface Opening {
  /** The tile's number, row by row. */
  index: number;
  /** 64 pixels row by row, three bytes each, in six words. */
  tile: readonly [Hex, Hex, Hex, Hex, Hex, Hex];
  /** The tile's siblings, from the leaves up. */
  proof: readonly Hex[];
}

/** A tile, and its place in the tree. */
export interface OpenedTile extends Opening {
  leaf: Hex;
}

/** A square picture's pixels: three bytes each, row by row. */
export interface RgbPicture {
  size: number;
  rgb: Uint8Array;
}

/** The tiles of a picture under one root. */
export interface PixelTree {
  root: Hex;
  /** How many tiles there are. */
  count: number;
  open(index: number): OpenedTile;
}

/** Most tiles a side of a picture that the hub can judge. */
const MAX_ACROSS = 64;

/** Whether the hub can judge a dispute about a picture of so many pixels a side: `PixelRoot.isBondable`. */
export function isBondable(size: number): boolean {
  const across = tilesAcross(size);
  return across > 1 && across <= MAX_ACROSS && (across & (across - 1)) === 0;
}

/** How many tiles a picture has a side. */
function tilesAcross(size: number): number {
  return Math.ceil(size / TILE);
}

/** The tree over a picture's tiles. */
export function pixelTree(picture: RgbPicture): PixelTree {
  const count = tilesAcross(picture.size) ** 2;
  const tiles = Array.from({ length: count }, (_, index) => tileOf(picture, index));
  const leaves = tiles.map((tile, index) => leafOf(picture.size, index, tile));
  const nodes = nodesOver(leaves);
  const open = (index: number): OpenedTile => {
    const [tile, leaf] = [tiles[index], leaves[index]];
    if (!tile || !leaf) throw new RangeError(`A picture of ${count} tiles has no tile ${index}.`);
    const proof: Hex[] = [];
    for (let at = nodes.indexOf(leaf, count - 1); at > 0; at = (at - 1) >> 1) {
      proof.push(nodes[at % 2 === 1 ? at + 1 : at - 1] as Hex);
    }
    return { index, tile, leaf, proof };
  };
  return { root: nodes[0] as Hex, count, open };
}

/** The root over leaves, in whatever order they are. */
export function rootOf(leaves: readonly Hex[]): Hex {
  return nodesOver(leaves)[0] ?? "0x";
}

/** The root first; node i's children are 2i + 1 and 2i + 2; the smallest leaf last. */
function nodesOver(leaves: readonly Hex[]): Hex[] {
  const inner = Math.max(0, leaves.length - 1);
  const nodes: Hex[] = [...Array<Hex>(inner).fill("0x"), ...leaves.toSorted().reverse()];
  for (let at = inner - 1; at >= 0; at--) nodes[at] = parentOf(nodes[2 * at + 1] as Hex, nodes[2 * at + 2] as Hex);
  return nodes;
}

/** One tile; black where it reaches beyond the picture. */
function tileOf({ size, rgb }: RgbPicture, index: number): Opening["tile"] {
  const across = tilesAcross(size);
  const [left, top] = [(index % across) * TILE, Math.floor(index / across) * TILE];
  const tile = new Uint8Array(TILE * TILE * 3);
  for (let row = 0; row < TILE && top + row < size; row++) {
    const from = ((top + row) * size + left) * 3;
    tile.set(rgb.subarray(from, from + Math.min(TILE, size - left) * 3), row * TILE * 3);
  }
  const word = (at: number) => bytesToHex(tile.subarray(32 * at, 32 * at + 32));
  return [word(0), word(1), word(2), word(3), word(4), word(5)];
}

function leafOf(size: number, index: number, tile: Opening["tile"]): Hex {
  const types = [{ type: "uint32" }, { type: "uint32" }, { type: "bytes32[6]" }] as const;
  return keccak256(keccak256(encodeAbiParameters(types, [size, index, tile])));
}

function parentOf(a: Hex, b: Hex): Hex {
  return keccak256(concat(a < b ? [a, b] : [b, a]));
}
