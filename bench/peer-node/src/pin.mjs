// Pins files to a Kubo node, by the profile unixfs-v1-2025 (IPIP-499).
import { Agent } from "node:http";
import { create } from "kubo-rpc-client";

const PROFILE = { cidVersion: 1, rawLeaves: true, chunker: "size-1048576", pin: true };

/** Connects; gives a function from bytes to their CID. */
export function connectPinner(url) {
  const kubo = create({ url: `${url}/api/v0`, agent: new Agent({ keepAlive: true }) });
  return async (bytes) => (await kubo.add(bytes, PROFILE)).cid;
}
