// The SDK as it is published: compiled, in Node, by its name.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bytesToHex, pad } from "viem";
import { randomNetwork } from "./network.mjs";
import "./typescript.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const source = await import("@verdigris/sdk");

test("the compiled package draws the same picture, and offers the same", async () => {
  execFileSync("npm", ["run", "--silent", "build", "--workspace=@verdigris/sdk"], { cwd: root });
  const blueprint = {
    model: bytesToHex(randomNetwork("sdk")),
    stages: 0x010101,
    seed: pad("0x07"),
    traits: pad("0x01"),
  };
  const script = `
    import * as sdk from "@verdigris/sdk";
    const { pixelRoot } = await sdk.render(${JSON.stringify(blueprint)}, { size: 20 });
    console.log(JSON.stringify({ pixelRoot, names: Object.keys(sdk).sort() }));`;
  const { stdout, stderr } = spawnSync("node", ["--input-type=module", "-e", script], { cwd: root, encoding: "utf8" });
  const { pixelRoot, names } = JSON.parse(stdout || `"${stderr}"`);
  assert.equal(pixelRoot, (await source.render(blueprint, { size: 20 })).pixelRoot, stderr);
  assert.deepEqual(names, Object.keys(source).sort());
});

test("its files are what one needs to use it, and nothing else", () => {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--workspace=@verdigris/sdk"];
  const [{ files }] = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" }));
  const paths = files.map(({ path }) => path);
  for (const path of ["package.json", "README.md", "dist/index.js", "dist/index.d.ts"]) assert.ok(paths.includes(path));
  assert.ok(paths.includes("dist/generated/renderer/renderer_bg.wasm"));
  assert.deepEqual(
    paths.filter((path) => !/^(dist\/|README\.md$|package\.json$)/.test(path)),
    [],
  );
});
