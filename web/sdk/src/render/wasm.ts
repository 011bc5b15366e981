// The bytes of the renderer that draws here, for a check of them.
import { loadWasm } from "#load-wasm";
import { Failure } from "../failure.ts";

/** The renderer's module: the file that workers load. */
export async function readWasm(): Promise<Uint8Array> {
  const wasm = await loadWasm();
  if (!(wasm instanceof URL)) return wasm;
  const response = await fetch(wasm);
  if (!response.ok) throw new Failure(`The renderer’s file can’t be read (HTTP ${response.status}).`);
  return new Uint8Array(await response.arrayBuffer());
}
