/** Where the renderer's module lies beside this file, for runtimes that fetch such addresses. */
export async function loadWasm(): Promise<URL> {
  return new URL("../generated/renderer/renderer_bg.wasm", import.meta.url);
}
