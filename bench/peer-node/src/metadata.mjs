// The document that describes a picture to the world: ERC-721 metadata with what it was made of.
import { attributes, readTraits } from "./picture/traits.mjs";

/** Its bytes: UTF-8 JSON. */
export function documentOf({ chainId, hub }, { requestId, modelId, picture }, pixelRoot, imageCid) {
  const { stages, seed, traits, size, title } = picture;
  const document = {
    name: title,
    description:
      "A picture that a small neural network drew from a seed. Anyone can draw the same pixels again from the seed, " +
      "the traits and the network, and compare them with the root and the receipt.",
    image: `ipfs://${imageCid}`,
    attributes: attributes(readTraits(traits)),
    verdigris: { version: 1, chainId, hub, requestId, modelId, stages, seed, traits, size, pixelRoot, imageCid },
  };
  return Buffer.from(JSON.stringify(document));
}
