// Checks that the gateway's picture file is the one that the chain names.
import { fileCid, formatCid } from "../files/cid.ts";
import { type Check, compare } from "./check.ts";

export const imageCidCheck: Check = {
  id: "imageCid",
  title: "The pinned file is the one named on chain",
  needs: "answer",
  async run({ token, image }) {
    const file = await image();
    return compare(formatCid(token.imageCid), formatCid(fileCid(file)), {
      holds: `Its ${file.length.toLocaleString("en")} bytes have the content address (CID) on chain.`,
      fails: "The bytes that the gateway sent have another content address (CID) than the one on chain.",
    });
  },
};
