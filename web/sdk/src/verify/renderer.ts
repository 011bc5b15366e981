// Checks that the program in the token's own page, which the chain keeps, is the one that draws here.
import { keccak256 } from "viem";
import { Failure } from "../failure.ts";
import { type Check, fails, holds } from "./check.ts";

/** The beginning of any gzip file, in base64 (RFC 1952, section 2.3.1: magic, deflate). */
const PACKED = /H4sI[\w+/]+=*/;
/** More than any renderer has, in bytes. */
const MAX_WASM_BYTES = 4 * 2 ** 20;

/**
 * Another program is no lie, since whether it draws the same pixels is not in its bytes: that makes the check `unknown`.
 * A program that hasn't the hash beside it is.
 */
export const rendererCheck: Check = {
  id: "renderer",
  title: "The renderer that the chain keeps is the one used here",
  needs: "seed",
  spare: true,
  async run({ renderer, wasm }) {
    const kept = await renderer();
    if (!kept)
      throw new Failure("The collection keeps no renderer on chain, so its tokens have no pages of their own.");
    const found = keccak256(await unpackRenderer(kept.head));
    if (found !== kept.wasmHash) {
      return fails("The renderer on chain hasn’t the hash that stands beside it.", kept.wasmHash, found);
    }
    if (found !== keccak256(await wasm())) {
      throw new Failure("The chain keeps another build of the renderer. Whether it draws the same, only pixels tell.");
    }
    return holds("The program inside the token’s own page is, byte for byte, the one that drew here.", found);
  },
};

/** The module inside of the head of the tokens' pages. */
async function unpackRenderer(head: string): Promise<Uint8Array> {
  const [packed] = PACKED.exec(head) ?? [];
  if (!packed) throw new Failure("The page that the chain keeps holds no packed renderer.");
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const file = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
    const reader = new Blob([file]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.length;
      if (length > MAX_WASM_BYTES) throw new RangeError("too long");
      parts.push(part.value);
    }
  } catch (error) {
    throw new Failure("The renderer that the chain keeps doesn’t unpack.", "", { cause: error });
  }
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
