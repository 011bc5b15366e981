// How the Worker's JavaScript is bundled: the way in and what wasm-bindgen wrote, as one small script beside the module.
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  build: {
    target: "es2024",
    emptyOutDir: true,
    modulePreload: false,
    rolldownOptions: {
      input: "worker.mjs",
      // The runtime looks for the classes by name; nothing else asks for what is exported.
      preserveEntrySignatures: "strict",
      // Both are the runtime's to load.
      external: ["cloudflare:workers", /\.wasm$/],
      output: { entryFileNames: "worker.mjs" },
    },
  },
});
