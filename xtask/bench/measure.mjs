// What the measurements in JavaScript share.

const ROUNDS = 15;

/** Median milliseconds of some runs, after two that warm up. */
export async function median(work, rounds = ROUNDS) {
  const times = [];
  for (let round = -2; round < rounds; round++) {
    const start = performance.now();
    await work();
    if (round >= 0) times.push(performance.now() - start);
  }
  return Math.round(times.sort((a, b) => a - b)[rounds >> 1] * 100) / 100;
}

/** The features of every pixel, by docs/protocol.md §2, of the whole plane. */
export function pixelFeatures(size) {
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
