// Times the browser's renderer in Node on a 512² picture, and ONNX Runtime Web on the same network; prints a map of figures.
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web";
import { initSync, Painter, pixelRoot } from "../../web/src/generated/renderer/renderer.js";
import { randomNetwork } from "../../web/tests/network.mjs";

const SIZE = 512;
const ROUNDS = 15;
const [form, onnx] = await Promise.all(process.argv.slice(2).map((file) => readFile(file)));

initSync({ module: await readFile(new URL("../../web/src/generated/renderer/renderer_bg.wasm", import.meta.url)) });
const seed = new Uint8Array(32).fill(7);
const painter = new Painter(form, 1, seed, new Uint8Array(32));
const picture = painter.draw(SIZE);
// Five layers of width 32 as well, but with random weights, of which the renderer can leave none out.
const full = new Painter(randomNetwork("bench", 4), 1, seed, new Uint8Array(32));

/** Median milliseconds of `ROUNDS` runs, after two that warm up. */
async function median(work) {
  const times = [];
  for (let round = -2; round < ROUNDS; round++) {
    const start = performance.now();
    await work();
    if (round >= 0) times.push(performance.now() - start);
  }
  return Math.round(times.sort((a, b) => a - b)[ROUNDS >> 1] * 100) / 100;
}

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
  [latent]: new ort.Tensor("float32", new Float32Array(24).fill(3), [1, 24]),
};
figures.render_512_onnxruntime_web_ms = await median(() => session.run(feeds));
console.log(JSON.stringify(figures));

/** The features of every pixel, by docs/protocol.md §2, without symmetry and at full density. */
function pixelFeatures(size) {
  const all = new Float32Array(size * size * 6);
  const at = (i) => Math.floor(((2 * i + 1) * 2048) / size) - 2048;
  let next = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [u, v] = [at(x), at(y)];
      const r = Math.floor(Math.sqrt(u * u + v * v)) - 1024;
      for (const value of [u, v, r]) {
        all[next++] = value >> 4;
        all[next++] = value & 15;
      }
    }
  }
  return all;
}
