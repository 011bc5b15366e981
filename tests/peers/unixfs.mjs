// The address of a file as IPFS's own JavaScript library forms it.
import { load } from "./installed.mjs";

const { importer } = await load("ipfs-unixfs-importer/dist/src/index.js");
const { fixedSize } = await load("ipfs-unixfs-importer/dist/src/chunker/index.js");
const { balanced } = await load("ipfs-unixfs-importer/dist/src/layout/index.js");

/** IPIP-499's profile `unixfs-v1-2025`. */
const PROFILE = {
  cidVersion: 1,
  rawLeaves: true,
  reduceSingleLeafToSelf: true,
  chunker: fixedSize({ chunkSize: 1 << 20 }),
  layout: balanced({ maxChildrenPerNode: 1024 }),
};

/** The CID of a file. */
export async function addressOf(content) {
  const blocks = { put: (cid) => cid };
  for await (const { cid } of importer([{ content }], blocks, PROFILE)) return cid.toString();
}
