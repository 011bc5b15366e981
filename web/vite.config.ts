// How the page is bundled: one HTML file, one script, one worker, the renderer's wasm; all addresses relative.
import { existsSync } from "node:fs";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const GENERATED = {
  "abi.ts": "node web/scripts/abi.mjs",
  "renderer/renderer.js": "cargo xtask build native renderer",
};

/** Says what to run when a generated file is missing, before the bundler trips over it. */
function generatedFiles(): Plugin {
  return {
    name: "generated-files",
    buildStart() {
      for (const [file, command] of Object.entries(GENERATED)) {
        if (!existsSync(new URL(`sdk/src/generated/${file}`, import.meta.url)))
          this.error(`web/sdk/src/generated/${file} is missing: run \`${command}\``);
      }
    },
  };
}

/** The development server puts styles into the page by script, which the page's policy rightly forbids. */
function relaxedStylesInDevelopment(): Plugin {
  return {
    name: "relaxed-styles-in-development",
    apply: "serve",
    transformIndexHtml: (html) => html.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
  };
}

export default defineConfig({
  base: "./",
  // The SDK as it is written, not as it is published.
  resolve: { conditions: ["source", ...defaultClientConditions] },
  plugins: [generatedFiles(), relaxedStylesInDevelopment()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  worker: { format: "es" },
});
