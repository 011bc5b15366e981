// How the head of the tokens' own pages is made: dist/head.html, one HTML file that ends where a token's values begin;
// and dist/renderer.wasm, the module that is packed in it, whose hash a deployment puts on chain beside it.
import { existsSync, readFileSync } from "node:fs";
import { constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const RENDERER = new URL("../sdk/src/generated/renderer/renderer_bg.wasm", import.meta.url);
/** What the script is called in the page; a token's values are the arguments of a call. */
const NAME = "draw";

/** The renderer as a string: every byte of a page costs gas when it is deployed, so it is packed as tightly as can be. */
function packedRenderer(): Plugin {
  const id = "virtual:renderer";
  return {
    name: "packed-renderer",
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load(source) {
      if (source !== `\0${id}`) return undefined;
      if (!existsSync(RENDERER))
        this.error(`${RENDERER.pathname} is missing: run \`cargo xtask build native renderer\``);
      const packed = gzipSync(readFileSync(RENDERER), { level: constants.Z_BEST_COMPRESSION, memLevel: 9 });
      return `export default "${packed.toString("base64")}"`;
    },
  };
}

/** Puts the script behind the markup, and the beginning of the call behind the script. */
function headInsteadOfScript(): Plugin {
  return {
    name: "head-instead-of-script",
    generateBundle(_options, bundle) {
      const [script] = Object.values(bundle);
      if (script?.type !== "chunk" || Object.keys(bundle).length !== 1) return this.error("one script was expected");
      if (/<\/script|<!--/i.test(script.code)) this.error("the script would end its own element");
      const markup = readFileSync(new URL("head.html", import.meta.url), "utf8")
        .replace(/^<!--.*-->$/m, "")
        .replaceAll("\n", "");
      delete bundle[script.fileName];
      this.emitFile({ type: "asset", fileName: "head.html", source: `${markup}${script.code.trim()}${NAME}(` });
      this.emitFile({ type: "asset", fileName: "renderer.wasm", source: readFileSync(RENDERER) });
    },
  };
}

export default defineConfig({
  plugins: [packedRenderer(), headInsteadOfScript()],
  build: {
    target: "es2022",
    lib: { entry: "src/main.ts", formats: ["iife"], name: NAME },
    reportCompressedSize: false,
  },
});
