// How the page is bundled: one HTML file, one script, one worker, the renderer's wasm; all addresses relative.
import { existsSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const GENERATED = {
  "generated/abi.ts": "node web/scripts/abi.mjs",
  "generated/renderer/renderer.js": "cargo xtask build native renderer",
};

/** Says what to run when a generated file is missing, before the bundler trips over it. */
function generatedFiles(): Plugin {
  return {
    name: "generated-files",
    buildStart() {
      for (const [file, command] of Object.entries(GENERATED)) {
        if (!existsSync(new URL(`src/${file}`, import.meta.url)))
          this.error(`web/src/${file} is missing: run \`${command}\``);
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
  plugins: [generatedFiles(), relaxedStylesInDevelopment()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  worker: { format: "es" },
});
