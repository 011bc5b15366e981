// A token's traits: what its word on chain says, and what the values are called in metadata.
import { hexToBytes } from "viem";

/** Names of the traits' values with their shares out of 256, in the order of their bytes. */
const KINDS = [
  [
    "Palette",
    "Verdigris 22, Ember 18, Tidepool 18, Orchid 16, Saffron 16, Glacier 16, Moss 15, Rosewood 14, Nocturne 14, " +
      "Coral 14, Lichen 13, Indigo 12, Clay 12, Aurora 11, Porcelain 10, Obsidian 9, Ultramarine 8, Sakura 7, Gilt 6, " +
      "Solstice 5",
  ],
  [
    "Family",
    "Flow 28, Contours 26, Cells 24, Glass 22, Rings 22, Spiral 16, Moire 20, Marble 24, Aurora 18, Weave 22, Dunes 24, " +
      "Rosette 10",
  ],
  ["Symmetry", "None 132, Mirror 40, Horizon 28, Diagonal 24, Quarter 20, Kaleidoscope 12"],
  ["Density", "Vast 40, Open 80, Woven 88, Dense 48"],
  ["Texture", "Smooth 92, Grain 64, Contour 36, Poster 28, Hatch 24, Stipple 12"],
  ["Frame", "None 120, Keyline 64, Mat 52, Tondo 20"],
  ["Marks", "None 128, Seal 64, Orbit 40, Constellation 24"],
].map(([name, values]) => ({
  name,
  values: values.split(", ").map((value) => {
    const [called, share] = value.split(" ");
    return { called, share: Number(share) };
  }),
}));

/** Reads a traits word (hex). */
export function readTraits(word) {
  const bytes = hexToBytes(word);
  const values = KINDS.map(({ name, values }, i) => {
    const value = bytes[31 - i];
    if (value >= values.length) throw new Error(`trait ${name} is ${value}, it must be 0 to ${values.length - 1}`);
    return value;
  });
  const [palette, family, symmetry, density, texture, frame, marks] = values;
  return { palette, family, symmetry, density, texture, frame, marks, epoch: (bytes[22] << 8) | bytes[23], values };
}

/** ERC-721 `attributes`. */
export function attributes(traits) {
  const drawn = KINDS.map(({ name, values }, i) => ({ trait_type: name, ...values[traits.values[i]] }));
  const rarest = Math.min(...drawn.map(({ share }) => share));
  const rarity = rarest <= 7 ? "Legendary" : rarest <= 10 ? "Rare" : rarest <= 14 ? "Uncommon" : "Common";
  return [
    ...drawn.map(({ trait_type, called }) => ({ trait_type, value: called })),
    { trait_type: "Rarity", value: rarity },
    { display_type: "number", trait_type: "Epoch", value: traits.epoch },
  ];
}
