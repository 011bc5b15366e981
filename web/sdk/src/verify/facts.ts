// Checks that the pinned metadata document tells of the picture what the chain tells.
import { formatCid } from "../files/cid.ts";
import { parseMetadata } from "../files/metadata.ts";
import { type Check, type Evidence, fails, holds } from "./check.ts";

export const factsCheck: Check = {
  id: "facts",
  title: "The metadata agrees with the chain",
  needs: "answer",
  async run(evidence) {
    const { image, verdigris } = parseMetadata(await evidence.document());
    const told = { ...verdigris, image };
    for (const [name, expected] of Object.entries(factsOf(evidence))) {
      const got = String(told[name as keyof typeof told] ?? "nothing");
      if (got.toLowerCase() !== expected.toLowerCase()) {
        return fails(`The document’s “${name}” is not what the chain says.`, expected, got);
      }
    }
    return holds("Seed, traits, model, size, root and picture are those on chain.");
  },
};

/** What the document must say, by field. */
function factsOf({ chainId, hub, blueprint, token }: Evidence): Record<string, string> {
  const cid = formatCid(token.imageCid);
  return {
    image: `ipfs://${cid}`,
    chainId: String(chainId),
    hub,
    requestId: token.requestId,
    modelId: blueprint.modelId,
    stages: String(blueprint.stages),
    seed: blueprint.seed,
    traits: blueprint.traits,
    size: String(blueprint.size),
    pixelRoot: token.pixelRoot,
    imageCid: cid,
  };
}
