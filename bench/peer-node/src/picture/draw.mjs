// Draws a token's picture: the network in ONNX Runtime, everything around it on typed arrays.
import { frameOf, sightOf } from "./composition.mjs";
import { coordinate } from "./exact.mjs";
import { layMark, marksOf } from "./marks.mjs";
import { FEATURES, hashOf, latentsOf, loadNetwork, writeFeatures } from "./network.mjs";
import { lookOf } from "./style.mjs";
import { readTraits } from "./traits.mjs";

/** Concept, style and composition, each of version 1. */
const STAGES = 0x010101;
const MAX_SIZE = 2048;
/** Pixels that the network is given at once: what it works on then stays in the processor's cache. */
const BATCH = 4096;

/** Loads the model in the file; gives a function from a `PictureInput` to its RGB bytes. */
export async function loadPainter(file) {
  const network = await loadNetwork(file);
  return async ({ stages, size, seed, traits: word }) => {
    if (stages !== STAGES) throw new Error(`stages ${stages} are unknown`);
    if (size < 1 || size > MAX_SIZE) throw new Error(`a picture has 1 to ${MAX_SIZE} pixels a side, not ${size}`);
    const traits = readTraits(word);
    const choices = hashOf("verdigris/composition/1", seed);
    const points = Int32Array.from({ length: size }, (_, i) => coordinate(size, i));
    const look = lookOf(traits);
    const frame = frameOf(traits.frame);
    const rgb = new Uint8Array(3 * size * size);

    await drawMotif(rgb, { size, points, look, frame, network }, sightOf(traits, choices), latentsOf(seed, traits));
    for (const mark of marksOf(traits.marks, choices, look.inks)) layMark(rgb, size, points, mark, look.inks);
    if (frame.lay) {
      for (let y = 0, at = 0; y < size; y++) {
        for (let x = 0; x < size; x++, at += 3) frame.lay(rgb, at, size, points[x], points[y], look.inks);
      }
    }
    return rgb;
  };
}

/** Draws what lies below marks and frame, a batch of seen pixels after the other. */
async function drawMotif(rgb, { size, points, look, frame, network }, sight, latents) {
  const pixels = new Int32Array(BATCH);
  const rows = new Float32Array(FEATURES * BATCH);
  const place = new Int32Array(2);
  for (let pixel = 0; pixel < size * size; ) {
    let count = 0;
    for (; pixel < size * size && count < BATCH; pixel++) {
      const [p, q] = [points[pixel % size], points[(pixel / size) | 0]];
      if (frame.covers(size, p, q)) {
        rgb.set(look.inks.dark, 3 * pixel);
        continue;
      }
      sight(place, p, q);
      writeFeatures(rows, count, place[0], place[1]);
      pixels[count++] = pixel;
    }
    if (count === 0) break;
    const fields = await network.run(rows, count, latents);
    for (let i = 0; i < count; i++) {
      const at = pixels[i];
      const [p, q] = [points[at % size], points[(at / size) | 0]];
      look.colour(rgb, 3 * at, fields[3 * i], fields[3 * i + 1], fields[3 * i + 2], p, q);
    }
  }
}
