// How the package is bundled: one ES module, and the renderer's wasm beside it.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const GENERATED = {
  "../sdk/src/generated/renderer/renderer_bg.wasm": "cargo xtask build native renderer",
  "src/generated/calls.ts": "node web/scripts/abi.mjs",
};
const at = (path: string) => new URL(path, import.meta.url);

/** Puts the renderer beside the module, and its hash into it; says what to run when a generated file is missing. */
function renderer(): Plugin {
  for (const [file, command] of Object.entries(GENERATED)) {
    if (!existsSync(at(file))) throw new Error(`${at(file).pathname} is missing: run \`${command}\``);
  }
  const wasm = readFileSync(at("../sdk/src/generated/renderer/renderer_bg.wasm"));
  const integrity = `sha256-${createHash("sha256").update(wasm).digest("base64")}`;
  return {
    name: "renderer",
    config: () => ({ define: { RENDERER_INTEGRITY: JSON.stringify(integrity) } }),
    generateBundle(_options, bundle) {
      this.emitFile({ type: "asset", fileName: "verdigris-art.wasm", source: wasm });
      for (const chunk of Object.values(bundle)) if (chunk.type === "chunk") chunk.code = showAddress(chunk.code);
    },
  };
}

/** Takes away what kept the renderer out of this bundle, so that other bundlers find it. */
function showAddress(code: string): string {
  const hidden = /\/\* @vite-ignore \*\/\s*/g;
  if (!hidden.test(code)) throw new Error("The module doesn’t name its renderer.");
  return code.replaceAll(hidden, "");
}

export default defineConfig({
  plugins: [renderer()],
  build: {
    target: "es2022",
    lib: { entry: "src/index.ts", formats: ["es"], fileName: () => "verdigris-art.js" },
  },
});
