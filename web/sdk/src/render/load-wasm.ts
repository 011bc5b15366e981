/** Where the renderer's module lies beside this file, for runtimes that fetch such addresses; elsewhere the module. */
export async function loadWasm(): Promise<URL | Uint8Array<ArrayBuffer>> {
  return new URL("../generated/renderer/renderer_bg.wasm", import.meta.url);
}
