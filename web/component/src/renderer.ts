// Loads the WebAssembly renderer, once for all elements of a page.
import { Failure } from "../../sdk/src/failure.ts";
import initialise from "../../sdk/src/generated/renderer/renderer.js";
import { once } from "../../sdk/src/once.ts";

/** The module's SHA-256, as `fetch` takes it; put in when the package is built. */
declare const RENDERER_INTEGRITY: string;

/**
 * Loads the renderer, or does nothing if it is there. A page that pins this script's bytes thereby pins the module's.
 * The address is written so that bundlers find it.
 */
export const loadRenderer = once(async () => {
  const address = new URL(/* @vite-ignore */ "./verdigris-art.wasm", import.meta.url);
  const response = await fetch(address, { integrity: RENDERER_INTEGRITY }).catch((error: unknown) => {
    throw new Failure(
      `The renderer at ${address.href} can’t be loaded.`,
      "Is verdigris-art.wasm beside the script, of the same version, and does the page’s Content-Security-Policy allow to connect to it?",
      { cause: error },
    );
  });
  if (!response.ok) {
    throw new Failure(
      `The renderer at ${address.href} can’t be loaded: HTTP status ${response.status}.`,
      "verdigris-art.wasm belongs beside the script.",
    );
  }
  await initialise({ module_or_path: response }).catch((error: unknown) => {
    throw new Failure(
      "The renderer doesn’t start in this browser.",
      "It needs WebAssembly with SIMD (2023 or newer), and 'wasm-unsafe-eval' in the page’s Content-Security-Policy.",
      { cause: error },
    );
  });
});
