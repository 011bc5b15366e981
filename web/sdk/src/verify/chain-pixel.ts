// Checks single pixels against the contract, which draws them with the network's weights from its own storage.
import { concat, type Hex, hexToBytes, keccak256, stringToHex } from "viem";
import { Failure } from "../failure.ts";
import type { Place } from "../token/drawing.ts";
import { type Check, fails, holds } from "./check.ts";
import { colourAt } from "./compare.ts";

/** How many pixels the contract is asked for: each takes it some tens of thousands of gas. */
const PLACES = 4;

export const chainPixelCheck: Check = {
  id: "chainPixel",
  title: "Single pixels, recomputed in the EVM, are the same",
  needs: "seed",
  spare: true,
  async run({ blueprint, painted, chainPixel }) {
    const { proof, size } = await painted();
    if (!proof) throw new Failure("The picture was drawn without keeping its pixels.");
    for (const place of placesOf(blueprint.seed, size)) {
      const ours = `#${colourAt(proof.rgba, (place.y * size + place.x) * 4)}`;
      const theirs = `#${(await chainPixel(place)).slice(2)}`;
      if (ours !== theirs.toLowerCase()) {
        return fails(`The contract draws another pixel in column ${place.x}, row ${place.y}.`, ours, theirs);
      }
    }
    const says = `At four places that the seed chooses, the Ethereum virtual machine comes to the colours drawn here.`;
    return holds(says);
  },
};

/** Places in a picture that follow from its seed: spread by a hash, and the same for everybody who looks. */
export function placesOf(seed: Hex, size: number): Place[] {
  const random = hexToBytes(keccak256(concat([stringToHex("verdigris/places/1"), seed])));
  const view = new DataView(random.buffer);
  return Array.from({ length: PLACES }, (_, place) => ({
    x: view.getUint32(place * 8) % size,
    y: view.getUint32(place * 8 + 4) % size,
  }));
}
