// The script for oracle networks, run in the simulator of Chainlink Functions.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { bytesToHex, decodeAbiParameters, keccak256 } from "viem";
import { need } from "./installed.mjs";
import { infer, pictureInput, startOracle } from "./oracle.mjs";

// The simulator runs whatever is called `deno`.
process.env.PATH = fileURLToPath(new URL("./bin", import.meta.url)) + delimiter + process.env.PATH;
const { simulateScript } = need("@chainlink/functions-toolkit/dist/simulateScript");
const source = readFileSync(new URL("../../docs/examples/functions-source.js", import.meta.url), "utf8");

const skip = hasDeno() ? false : "Deno is installed on Linux for x64 alone";

let oracle;
let modelId;

before(async () => {
  if (skip) return;
  oracle = await startOracle();
  modelId = oracle.chain.modelId;
});

after(() => oracle?.stop());

function hasDeno() {
  try {
    return need.resolve("@deno/linux-x64-glibc/deno") !== "";
  } catch {
    return false;
  }
}

const run = (...args) => simulateScript({ source, args });

test("the script answers what the endpoint answers, and a contract decodes the output", { skip }, async () => {
  const input = pictureInput(7);
  const { responseBytesHexstring, errorString } = await run(oracle.functions, modelId, input);
  assert.equal(errorString, undefined);
  const { bytes, type } = await infer(oracle.functions, { modelId, input, mode: "abi" });
  assert.equal(type, "application/octet-stream");
  assert.equal(responseBytesHexstring, bytesToHex(bytes));
  assert.ok(bytes.length <= 256);
  const reply = JSON.parse(Buffer.from((await infer(oracle.functions, { modelId, input })).bytes));
  assert.deepEqual(decodeAbiParameters([{ type: "bytes" }], responseBytesHexstring), [reply.output]);
  assert.equal((await run(oracle.functions, modelId, input)).responseBytesHexstring, responseBytesHexstring);
});

test("the script answers with the output's hash if it is asked to", { skip }, async () => {
  const input = pictureInput(8);
  const { output } = JSON.parse(Buffer.from((await infer(oracle.functions, { modelId, input })).bytes));
  const { responseBytesHexstring } = await run(oracle.functions, modelId, input, "hash");
  assert.equal(responseBytesHexstring, keccak256(output));
});

test("what is wrong is said in words", { skip }, async () => {
  const wrong = {
    "three arguments are needed": [oracle.functions, modelId],
    "is not registered": [oracle.functions, keccak256("0x00"), "0x00"],
    "abi\\.encode\\(PictureInput\\)": [oracle.functions, modelId, "0x1234"],
    "is not what was expected": [oracle.functions, modelId, "no hexadecimal"],
    "can't be asked": ["http://127.0.0.1:9", modelId, "0x1234"],
  };
  for (const [words, args] of Object.entries(wrong)) {
    const { responseBytesHexstring, errorString } = await run(...args);
    assert.equal(responseBytesHexstring, undefined, words);
    assert.match(errorString, new RegExp(words));
  }
});
