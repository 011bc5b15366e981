// Checks that the gateway's metadata document is the one that the receipt signs for.
import { sha256 } from "viem";
import { formatCid, rawLeafCid } from "../files/cid.ts";
import { type Check, compare, fails } from "./check.ts";

export const metadataCheck: Check = {
  id: "metadata",
  title: "The metadata is what was signed for",
  needs: "answer",
  async run({ token, document, answer }) {
    const [bytes, { receipt }] = await Promise.all([document(), answer()]);
    const named = rawLeafCid(receipt.contentHash);
    if (named !== token.metadataCid) {
      const words = "The chain names another document than the receipt does.";
      return fails(words, formatCid(named), formatCid(token.metadataCid));
    }
    return compare(receipt.contentHash, sha256(bytes), {
      holds: "The document’s SHA-256 is the content hash in the receipt.",
      fails: "The document that the gateway sent doesn’t hash to what the receipt says.",
    });
  },
};
