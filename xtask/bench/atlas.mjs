// Times the art model: the browser's renderer at 1024² in Node, its kernel alone, and ONNX Runtime natively on the same
// ONNX, one thread each. Prints a map of figures.
//
//   node atlas.mjs ATLAS.vdgn ATLAS.onnx DENSE.vdgn PEERS
//
// DENSE is a network of the same shapes of which nothing can be left out; PEERS is a folder with onnxruntime-node in its
// node_modules.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { initSync, Painter } from "../../web/src/generated/renderer/renderer.js";
import { median, pixelFeatures } from "./measure.mjs";

const SIZE = 1024;
const STAGES = 0x010101;
/** Pixels a run of ONNX Runtime: all of a picture at 1024² would be 1 GB of activations. */
const PART = 512;
const [atlas, onnx, full, peers] = process.argv.slice(2);
const [form, dense] = await Promise.all([atlas, full].map((file) => readFile(file)));

initSync({ module: await readFile(new URL("../../web/src/generated/renderer/renderer_bg.wasm", import.meta.url)) });
const seed = new Uint8Array(32).fill(7);
const painter = new Painter(form, STAGES, seed, new Uint8Array(32));
const fullPainter = new Painter(dense, STAGES, seed, new Uint8Array(32));
const multiplyAdds = 8792 * SIZE * SIZE;

const figures = {
  render_1024_wasm_ms: await median(() => painter.draw(SIZE)),
  render_1024_aa_wasm_ms: await median(() => painter.smooth(SIZE)),
};
figures.wasm_gmacs = Math.round(multiplyAdds / (await median(() => fullPainter.draw(SIZE))) / 1e4) / 100;

const ort = createRequire(join(peers, "package.json"))("onnxruntime-node");
const session = await ort.InferenceSession.create(onnx, {
  graphOptimizationLevel: "all",
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const [features, latent] = session.inputNames;
const feeds = {
  [features]: new ort.Tensor("float32", pixelFeatures(PART), [PART * PART, 6]),
  [latent]: new ort.Tensor("float32", new Float32Array(32).fill(3), [1, 32]),
};
figures.atlas_512_onnxruntime_native_ms = await median(() => session.run(feeds));
console.log(JSON.stringify(figures));
