/// <reference types="node" />
import { readFile } from "node:fs/promises";

/** The renderer's module; Node's `fetch` takes no file addresses. */
export function loadWasm(): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(new URL("../generated/renderer/renderer_bg.wasm", import.meta.url));
}
