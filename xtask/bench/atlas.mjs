// Times the art model: the browser's renderer at 1024² in Node, its kernel alone, and ONNX Runtime natively on the same
// ONNX, one thread each. Prints a map of figures.
//
//   node atlas.mjs ATLAS.vdgn ATLAS.onnx MULTIPLY_ADDS NETWORKS PEERS
//
// MULTIPLY_ADDS counts those of a pixel. NETWORKS is a folder with `dense.vdgn`, a network of the same shapes of which
// nothing can be left out, and `bare.vdgn`, which is next to none: what they differ by is the kernel's time. PEERS is a
// folder with onnxruntime-node in its node_modules.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { initSync, Painter } from "../../web/sdk/src/generated/renderer/renderer.js";
import { median, pixelFeatures } from "./measure.mjs";

const SIZE = 1024;
const STAGES = 0x010101;
/** Pixels of a picture that ONNX Runtime is given in all, and at once: it is measured at its best. */
const PART = 512;
const BATCHES = [1 << 12, 1 << 15, 1 << 18];
/** Palette, family, symmetry, density, texture, frame, marks: plain, and what costs most beside the network. */
const LOOKS = [
  [0, 0, 0, 0, 0, 0, 0],
  [3, 3, 5, 3, 4, 1, 2],
  [7, 4, 5, 3, 4, 1, 3],
];
const [atlas, onnx, multiplyAdds, networks, peers] = process.argv.slice(2);

initSync({ module: await readFile(new URL("../../web/sdk/src/generated/renderer/renderer_bg.wasm", import.meta.url)) });

async function painterOf(file, look = LOOKS[0]) {
  const traits = new Uint8Array(32);
  traits.set([...look].reverse(), 32 - look.length);
  return new Painter(await readFile(file), STAGES, new Uint8Array(32).fill(7), traits);
}

/** The median milliseconds of the look that takes longest. */
async function slowest(draw, rounds) {
  const times = [];
  for (const look of LOOKS) {
    const painter = await painterOf(atlas, look);
    times.push(await median(() => draw(painter), rounds));
  }
  return Math.max(...times);
}

/** Thousand million multiply-adds a second of the kernel. */
async function gmacs() {
  const [dense, bare] = await Promise.all(["dense", "bare"].map((name) => painterOf(join(networks, `${name}.vdgn`))));
  const ms = (await median(() => dense.draw(SIZE))) - (await median(() => bare.draw(SIZE)));
  return Math.round((multiplyAdds * SIZE * SIZE) / ms / 1e4) / 100;
}

async function onnxruntime() {
  const ort = createRequire(join(peers, "package.json"))("onnxruntime-node");
  const session = await ort.InferenceSession.create(onnx, {
    graphOptimizationLevel: "all",
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const [features, latent] = session.inputNames;
  const all = pixelFeatures(PART);
  const times = [];
  for (const batch of BATCHES) {
    const parts = Array.from({ length: (PART * PART) / batch }, (_, i) => ({
      [features]: new ort.Tensor("float32", all.subarray(6 * batch * i, 6 * batch * (i + 1)), [batch, 6]),
      [latent]: new ort.Tensor("float32", new Float32Array(32).fill(3), [1, 32]),
    }));
    const run = async () => {
      for (const feeds of parts) await session.run(feeds);
    };
    times.push(await median(run));
  }
  return Math.min(...times);
}

const figures = {
  render_1024_wasm_ms: await slowest((painter) => painter.draw(SIZE)),
  render_1024_aa_wasm_ms: await slowest((painter) => painter.smooth(SIZE), 5),
  wasm_gmacs: await gmacs(),
  atlas_512_onnxruntime_native_ms: await onnxruntime(),
};
console.log(JSON.stringify(figures));
