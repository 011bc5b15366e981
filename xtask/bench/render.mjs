// Times the browser's renderer in Node on a 512² picture, and ONNX Runtime Web on the same network; prints a map of figures.
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web";
import { initSync, Painter, pixelRoot } from "../../web/sdk/src/generated/renderer/renderer.js";
import { randomNetwork } from "../../web/tests/network.mjs";
import { median, pixelFeatures } from "./measure.mjs";

const SIZE = 512;
const STAGES = 0x010101;
const [form, onnx] = await Promise.all(process.argv.slice(2).map((file) => readFile(file)));

initSync({ module: await readFile(new URL("../../web/sdk/src/generated/renderer/renderer_bg.wasm", import.meta.url)) });
const seed = new Uint8Array(32).fill(7);
const painter = new Painter(form, STAGES, seed, new Uint8Array(32));
const picture = painter.draw(SIZE);
// Five layers of width 32 as well, but with random weights, of which the renderer can leave none out.
const full = new Painter(randomNetwork("bench", 4), STAGES, seed, new Uint8Array(32));

const figures = {
  render_512_ms: await median(() => painter.draw(SIZE)),
  render_512_full_ms: await median(() => full.draw(SIZE)),
  pixel_root_512_ms: await median(() => pixelRoot(SIZE, picture)),
};

ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(onnx, {
  executionProviders: ["wasm"],
  graphOptimizationLevel: "all",
});
const [features, latent] = session.inputNames;
const feeds = {
  [features]: new ort.Tensor("float32", pixelFeatures(SIZE), [SIZE * SIZE, 6]),
  [latent]: new ort.Tensor("float32", new Float32Array(32).fill(3), [1, 32]),
};
figures.render_512_onnxruntime_web_ms = await median(() => session.run(feeds));
console.log(JSON.stringify(figures));
