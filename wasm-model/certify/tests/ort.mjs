// Holds onnxruntime-web against the int64 reference: the same ONNX files must give the same integers.
//
//   node wasm-model/certify/tests/ort.mjs [FOLDER]
//
// FOLDER is what `cargo run -p verdigris-certify --example cross_check -- FOLDER` wrote; without one, it is made.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = process.argv[2] ?? writeFiles();

function writeFiles() {
  const made = mkdtempSync(join(tmpdir(), "verdigris-cross-check-"));
  after(() => rmSync(made, { recursive: true }));
  const cargo = ["run", "--quiet", "-p", "verdigris-certify", "--example", "cross_check", "--", made];
  const { status } = spawnSync("cargo", cargo, { cwd: root, stdio: "inherit", timeout: 20 * 60_000 });
  assert.equal(status, 0, "the cross_check example failed");
  return made;
}

async function run(file, inputs, graphOptimizationLevel) {
  const options = { executionProviders: ["wasm"], graphOptimizationLevel };
  const session = await ort.InferenceSession.create(readFileSync(join(folder, file)), options);
  const feeds = {};
  for (const { name, dims, values } of inputs) {
    feeds[name] = new ort.Tensor("float32", Float32Array.from(values), dims);
  }
  const results = await session.run(feeds);
  await session.release();
  return Array.from(results[session.outputNames[0]].data, Number);
}

const checks = readdirSync(folder).filter((file) => file.endsWith(".json"));
assert.ok(checks.length > 0, `no checks in ${folder}`);
for (const check of checks) {
  const name = check.slice(0, -".json".length);
  const { inputs, output } = JSON.parse(readFileSync(join(folder, check), "utf8"));
  for (const kind of ["plain", "guarded", "retrofitted"]) {
    test(`${name}, ${kind}: onnxruntime-web computes the reference's integers`, async () => {
      for (const level of ["disabled", "all"]) {
        assert.deepEqual(await run(`${name}.${kind}.onnx`, inputs, level), output, `optimisation ${level}`);
      }
    });
  }
}
