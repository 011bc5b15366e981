// A picture network with random weights, written down as docs/protocol.md says; no code shared with the renderer's.
import { createHash } from "node:crypto";

const WIDTH = 32;
const FEATURES = 6;
const LATENTS = 32;

/**
 * The canonical form of a network from 6 features and 32 latents to 3 fields, with `inner` layers of 32 to 32 in its
 * middle; the same for the same phrase.
 */
export function randomNetwork(phrase, inner = 3) {
  const random = noise(phrase);
  const sine = Array.from({ length: 256 }, (_, i) => Math.round(127.5 + 127.5 * Math.sin((2 * Math.PI * i) / 256)));
  const head = [...ascii("VDGN"), 1, ...u16(FEATURES), ...u16(1), ...u16(1), ...i16(-128), ...i16(127)];
  const latent = [...u16(LATENTS), ...i16(-128), ...i16(127)];
  const coordinates = Array.from({ length: WIDTH }, () => {
    // A coordinate comes as its upper and lower bits, so the upper weigh sixteen times as much as the lower.
    const [u, v, r] = [random(6), random(6), random(4)];
    return [16 * u, u, 16 * v, v, 16 * r, r];
  }).flat();
  const layers = [
    linear({
      source: 0,
      outputs: WIDTH,
      shift: 6,
      weights: coordinates,
      latentWeights: draw(random, WIDTH * LATENTS, 24),
    }),
    ...Array.from({ length: inner }, (_, before) => before + 1).map((source) =>
      linear({
        source,
        outputs: WIDTH,
        shift: 7,
        weights: draw(random, WIDTH * WIDTH, 22),
        latentWeights: draw(random, WIDTH * LATENTS, 20),
      }),
    ),
    linear({ source: inner + 1, outputs: 3, shift: 7, weights: draw(random, 3 * WIDTH, 14) }),
  ];
  return Uint8Array.from([...head, ...latent, 1, ...sine, ...u16(layers.length), ...layers.flat()]);
}

/** A linear layer with kernel 1, stride 1 and the sine table as its activation. */
function linear({ source, outputs, shift, weights, latentWeights = [] }) {
  const [kernel, stride, phase, table] = [1, 1, 2, 0];
  const biases = Array.from({ length: outputs }, () => u32(0)).flat();
  const head = [
    0,
    ...u16(source),
    ...u16(outputs),
    kernel,
    stride,
    phase,
    shift,
    table,
    latentWeights.length > 0 ? 1 : 0,
  ];
  return [...head, ...weights.map(i8), ...biases, ...latentWeights.map(i8)];
}

/** Whole numbers from -bound to bound, drawn from SHA-256 in counter mode. */
function noise(phrase) {
  let count = 0;
  return (bound) => {
    const digest = createHash("sha256").update(`${phrase}/${count++}`).digest();
    return (digest.readUInt32LE() % (2 * bound + 1)) - bound;
  };
}

function draw(random, count, bound) {
  return Array.from({ length: count }, () => random(bound));
}

const ascii = (text) => [...text].map((character) => character.charCodeAt(0));
const i8 = (value) => value & 255;
const u16 = (value) => [value & 255, value >> 8];
const i16 = (value) => [value & 255, (value >> 8) & 255];
const u32 = (value) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
