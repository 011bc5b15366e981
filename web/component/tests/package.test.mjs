// The package as it is published: small, whole, of one module and its renderer, and harmless where there is no page.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const at = (path) => new URL(`../${path}`, import.meta.url);
const read = (path) => readFileSync(at(path));
/** What design and issue allow for module and renderer together, each sent compressed by itself. */
const MOST_GZIP_BYTES = 90_000;

before(() => {
  assert.ok(existsSync(at("dist/verdigris-art.js")), "web/component/dist is missing: run `npm run build`");
});

test("with its renderer it stays within 90 KB, compressed", () => {
  const sizes = ["dist/verdigris-art.js", "dist/verdigris-art.wasm"].map(
    (file) => gzipSync(read(file), { level: 9 }).length,
  );
  assert.ok(sizes[0] + sizes[1] <= MOST_GZIP_BYTES, `${sizes.join(" + ")} bytes`);
});

test("its files are what one needs to use it, and nothing else", () => {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--workspace=@verdigris/art"];
  const [{ files }] = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" }));
  const expected = [
    "README.md",
    "dist/verdigris-art.js",
    "dist/verdigris-art.wasm",
    "package.json",
    "verdigris-art.d.ts",
  ];
  assert.deepEqual(files.map(({ path }) => path).sort(), expected);
});

test("it needs no other package, and its module imports nothing", () => {
  const { dependencies, peerDependencies } = JSON.parse(read("package.json"));
  assert.deepEqual([dependencies, peerDependencies], [undefined, undefined]);
  assert.doesNotMatch(
    read("dist/verdigris-art.js").toString(),
    /^import\b|\bimport\(|\brequire\(|\beval\(|new Function/m,
  );
});

test("the module names its renderer so that bundlers find it, and takes no other", () => {
  const code = read("dist/verdigris-art.js").toString();
  assert.match(code, /new URL\(\s*"\.\/verdigris-art\.wasm",\s*import\.meta\.url\s*\)/);
  assert.ok(code.includes(`sha256-${createHash("sha256").update(read("dist/verdigris-art.wasm")).digest("base64")}`));
  assert.deepEqual(read("dist/verdigris-art.wasm"), read("../sdk/src/generated/renderer/renderer_bg.wasm"));
});

test("imported on a server it does nothing, and breaks nothing", () => {
  const script = `
    import { defineVerdigrisArt, VerdigrisArt } from "@verdigris/art";
    defineVerdigrisArt("other-art");
    console.log(typeof VerdigrisArt, import.meta.resolve("@verdigris/art/verdigris-art.wasm").endsWith("dist/verdigris-art.wasm"));`;
  const printed = execFileSync("node", ["--input-type=module", "-e", script], { cwd: root, encoding: "utf8" });
  assert.equal(printed, "function true\n");
});
