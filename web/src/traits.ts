// Unpacks a token's traits from their 32-byte word and gives them their names.
import { type Hex, hexToBytes } from "viem";

/** A trait and its value, both in words. */
export interface Trait {
  name: string;
  value: string;
}

/** The traits' names and those of their values, by number; as in contracts/src/lib/Traits.sol. */
const TRAITS: readonly { name: string; values: readonly string[] }[] = [
  {
    name: "Palette",
    values: words(
      "Verdigris Ember Tidepool Orchid Saffron Glacier Moss Rosewood Nocturne Coral Lichen Indigo Clay Aurora Porcelain Obsidian Ultramarine Sakura Gilt Solstice",
    ),
  },
  {
    name: "Family",
    values: words("Flow Contours Cells Glass Rings Spiral Moire Marble Aurora Weave Dunes Rosette"),
  },
  { name: "Symmetry", values: words("None Mirror Horizon Diagonal Quarter Kaleidoscope") },
  { name: "Density", values: words("Vast Open Woven Dense") },
  { name: "Texture", values: words("Smooth Grain Contour Poster Hatch Stipple") },
  { name: "Frame", values: words("None Keyline Mat Tondo") },
  { name: "Marks", values: words("None Seal Orbit Constellation") },
];

/** Where the epoch stands in the word's bytes, from the least significant on. */
const EPOCH = 8;

/** The traits in a word: trait 0 is its least significant byte. A value without a name shows as its number. */
export function readTraits(word: Hex): Trait[] {
  const bytes = hexToBytes(word).reverse();
  const drawn = TRAITS.map(({ name, values }, trait) => ({
    name,
    value: values[bytes[trait] as number] ?? `no. ${bytes[trait]}`,
  }));
  const epoch = (bytes[EPOCH] as number) + 256 * (bytes[EPOCH + 1] as number);
  return [...drawn, { name: "Epoch", value: String(epoch) }];
}

/** Traits in a phrase: “palette malachite, family rings”. */
export function sayTraits(traits: readonly Trait[]): string {
  return traits.map(({ name, value }) => `${name} ${value}`.toLowerCase()).join(", ");
}

function words(text: string): string[] {
  return text.split(" ");
}
