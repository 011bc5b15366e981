// Measures the wasm renderer in Node: `node bench.mjs GLUE.js MODULE.wasm MODEL.vdgn`, glue made for the web target.
// Prints one JSON object: milliseconds for a 512² picture and for its pixel root: best and median of the runs, and the
// mean of the processor's time, which is the better figure on a busy machine.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [glue, module, model] = process.argv.slice(2);
const { default: init, Painter, pixelRoot } = await import(pathToFileURL(glue));
await init({ module_or_path: await readFile(module) });

function measure(run, times = 25) {
  const samples = [];
  const before = process.cpuUsage();
  for (let i = 0; i < times; i += 1) {
    const start = performance.now();
    run();
    samples.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  samples.sort((a, b) => a - b);
  return { best: samples[0], median: samples[times >> 1], cpu: (user + system) / 1000 / times };
}

const painter = new Painter(await readFile(model), 0x010101, new Uint8Array(32).fill(7), new Uint8Array(32));
const rgba = painter.draw(512);
const result = {
  draw512: measure(() => painter.draw(512)),
  pixelRoot512: measure(() => pixelRoot(512, rgba)),
};
painter.free();
console.log(JSON.stringify(result));
