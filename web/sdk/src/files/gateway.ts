// Fetches pinned files from the IPFS gateway as plain bytes, so that they can be hashed here and needn't be believed.
import type { Hex } from "viem";
import { Failure } from "../failure.ts";
import { formatCid } from "./cid.ts";

/** A gateway that hasn't sent a whole file after this many milliseconds is taken to be down. */
const PATIENCE_MS = 30_000;

/** The address of a file at a gateway; `cid` is the binary CID. */
export function gatewayUrl(gateway: string, cid: Hex): string {
  return `${gateway}/ipfs/${formatCid(cid)}`;
}

/** The bytes of a pinned file; refused above `limit` bytes. `what` is what the file is to the reader. */
export async function fetchPinned(
  url: string,
  { what, limit }: { what: string; limit: number },
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), credentials: "omit" });
    if (!response.ok) {
      throw new Failure(
        `The IPFS gateway has no ${what} (it answered ${response.status}).`,
        "It may appear in a while.",
      );
    }
    return await readBounded(response, what, limit);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const host = new URL(url).host;
    throw new Failure(`The IPFS gateway at ${host} doesn’t answer.`, "Is it running?", { cause: error });
  }
}

async function readBounded(response: Response, what: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLong = () => new Failure(`The ${what} at the gateway is longer than ${limit} bytes, so it wasn’t read.`);
  if (Number(response.headers.get("content-length")) > limit) throw tooLong();
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    length += part.value.length;
    if (length > limit) {
      await reader?.cancel();
      throw tooLong();
    }
    parts.push(part.value);
  }
  return concat(parts, length);
}

function concat(parts: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
