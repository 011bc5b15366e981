// The network, in ONNX Runtime: from places on the plane to the fields that a style colours.
import ort from "onnxruntime-node";
import { concat, hexToBytes, keccak256, stringToHex } from "viem";
import { signed } from "./exact.mjs";

/** Inputs of the network for each place. */
export const FEATURES = 6;
const LATENTS = 32;
/** How many latents the seed determines; the others are the families' switches. */
const FREE = 20;

/** keccak256 of a label and a seed, as bytes. */
export const hashOf = (label, seed) => hexToBytes(keccak256(concat([stringToHex(label), seed])));

/**
 * Loads the model. One thread a run: the pictures that are drawn at the same time fill the cores, and a run that is
 * spread over two threads takes 1.8 times the CPU time.
 */
export async function loadNetwork(file) {
  const session = await ort.InferenceSession.create(file, {
    graphOptimizationLevel: "all",
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const [features, latent] = session.inputNames;
  const [fields] = session.outputNames;
  return {
    /** Runs `count` places, whose features are the first of `rows`; gives three fields (0 to 255) each. */
    async run(rows, count, latents) {
      const input = new ort.Tensor("float32", rows.subarray(0, FEATURES * count), [count, FEATURES]);
      const answer = await session.run({ [features]: input, [latent]: latents });
      return answer[fields].data;
    },
  };
}

/** The latents of a token: twenty angles, then the family as one of twelve switches. */
export function latentsOf(seed, traits) {
  const [start, path] = ["verdigris/latent/2", "verdigris/path/1"].map((label) => hashOf(label, seed));
  const latents = new Float32Array(LATENTS);
  for (let i = 0; i < FREE; i++) latents[i] = signed(start[i] + traits.epoch * (signed(path[i]) >> 3));
  latents[FREE + traits.family] = 127;
  return new ort.Tensor("float32", latents, [1, LATENTS]);
}

/** Writes what the network reads of a place: `u >> 4, u & 15, v >> 4, v & 15, r >> 4, r & 15`. */
export function writeFeatures(rows, at, u, v) {
  const r = (Math.sqrt(u * u + v * v) | 0) - 1024;
  const next = FEATURES * at;
  rows[next] = u >> 4;
  rows[next + 1] = u & 15;
  rows[next + 2] = v >> 4;
  rows[next + 3] = v & 15;
  rows[next + 4] = r >> 4;
  rows[next + 5] = r & 15;
}
