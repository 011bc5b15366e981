// Unpacks a token's traits from their 32-byte word, gives them their names, and says how rare they are.
import type { Hex } from "viem";
import { toBytes } from "../render/hex.ts";

/** A trait and its value, both in words. */
export interface Trait {
  name: string;
  value: string;
}

/** A trait's name, and its values by number: each with its share of all tokens out of 256. */
interface TraitKind {
  name: string;
  values: readonly { name: string; share: number }[];
}

/** As in contracts/src/lib/TraitNames.sol and Traits.sol. */
export const TRAIT_KINDS: readonly TraitKind[] = [
  kind(
    "Palette",
    "Verdigris 22, Ember 18, Tidepool 18, Orchid 16, Saffron 16, Glacier 16, Moss 15, Rosewood 14, Nocturne 14, Coral 14, Lichen 13, Indigo 12, Clay 12, Aurora 11, Porcelain 10, Obsidian 9, Ultramarine 8, Sakura 7, Gilt 6, Solstice 5",
  ),
  kind(
    "Family",
    "Flow 28, Contours 26, Cells 24, Glass 22, Rings 22, Spiral 16, Moire 20, Marble 24, Aurora 18, Weave 22, Dunes 24, Rosette 10",
  ),
  kind("Symmetry", "None 132, Mirror 40, Horizon 28, Diagonal 24, Quarter 20, Kaleidoscope 12"),
  kind("Density", "Vast 40, Open 80, Woven 88, Dense 48"),
  kind("Texture", "Smooth 92, Grain 64, Contour 36, Poster 28, Hatch 24, Stipple 12"),
  kind("Frame", "None 120, Keyline 64, Mat 52, Tondo 20"),
  kind("Marks", "None 128, Seal 64, Orbit 40, Constellation 24"),
];

/** What a share up to so much is called; more than all of them is common. */
const RARITIES = [
  { most: 7, name: "Legendary" },
  { most: 10, name: "Rare" },
  { most: 14, name: "Uncommon" },
];

/** Where the epoch stands in the word's bytes, from the least significant on. */
const EPOCH = 8;

/**
 * The traits in a word, trait 0 being its least significant byte, and what follows from them: the rarity, and the
 * epoch. A value without a name shows as its number.
 */
export function readTraits(word: Hex): Trait[] {
  const bytes = toBytes(word).reverse();
  const values = TRAIT_KINDS.map(({ values }, trait) => values[bytes[trait] as number]);
  const drawn = TRAIT_KINDS.map(({ name }, trait) => ({ name, value: values[trait]?.name ?? `no. ${bytes[trait]}` }));
  const rarest = Math.min(...values.map((value) => value?.share ?? 256));
  const epoch = (bytes[EPOCH] as number) + 256 * (bytes[EPOCH + 1] as number);
  return [...drawn, { name: "Rarity", value: rarityOf(rarest) }, { name: "Epoch", value: String(epoch) }];
}

/** Traits in a phrase: “palette verdigris, family rings”. */
export function sayTraits(traits: readonly Trait[]): string {
  return traits.map(({ name, value }) => `${name} ${value}`.toLowerCase()).join(", ");
}

/** What a token is called whose rarest trait has this share. */
export function rarityOf(share: number): string {
  return RARITIES.find(({ most }) => share <= most)?.name ?? "Common";
}

function kind(name: string, table: string): TraitKind {
  const values = table.split(", ").map((entry) => {
    const [name = "", share] = entry.split(" ");
    return { name, share: Number(share) };
  });
  return { name, values };
}
