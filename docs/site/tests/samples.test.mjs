// The code samples of the documentation are right: they compile, have the types that they claim, can be parsed, and give
// commands the flags that they have.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { forgeIn } from "../contracts.mjs";
import { program, root, tools } from "./places.mjs";
import { samplesIn } from "./samples.mjs";

const work = join(root, ".verdigris/samples");
rmSync(work, { recursive: true, force: true });

/** What a piece of a contract takes for granted. */
const PRELUDE = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;
import {IInferenceConsumer} from "verdigris/interfaces/IInferenceConsumer.sol";
import {IInferenceHub} from "verdigris/interfaces/IInferenceHub.sol";
`;

/** A piece of a script takes for granted what it doesn't declare, or leaves places open; a whole one does neither. */
const isWhole = (code) => code.includes("import ") && !code.includes("=> …");

/** Complaints that no value in the place of "0x…" would mend: syntax, options, unknown names, modules, exports and properties. */
const REAL = /error TS(1\d{3}|5\d{3}|2304|2305|2307|2339|2353|2552|2724):/;

test("Solidity compiles", () => {
  const folder = join(work, "contracts");
  const samples = samplesIn("solidity");
  assert.ok(samples.length > 0);
  for (const { at, code } of samples) {
    write(join(folder, "src"), `${nameOf(at)}.sol`, code.includes("pragma") ? code : PRELUDE + code);
  }
  write(
    folder,
    "foundry.toml",
    `[profile.default]
src = "src"
offline = true
auto_detect_remappings = false
solc = ${JSON.stringify(join(root, "contracts/tools/solc"))}
allow_paths = [${JSON.stringify(root)}]
remappings = [${JSON.stringify(`verdigris/=${join(root, "contracts/src")}/`)}]
lint = { lint_on_build = false }
`,
  );
  succeeds(forgeIn(root), ["build", "--root", folder], folder);
});

test("TypeScript has the types that it claims", () => {
  const folder = join(work, "ts");
  const samples = samplesIn("ts");
  assert.ok(samples.length > 0);
  for (const { at, code } of samples) write(folder, `${nameOf(at)}.ts`, code);
  typescript(folder, { noUnusedLocals: false });
  succeeds("npx", ["tsc", "-p", folder], root);
});

test("JavaScript can be parsed, and imports what is there", () => {
  const folder = join(work, "js");
  const samples = samplesIn("js").filter(({ code }) => isWhole(code));
  assert.ok(samples.length > 0);
  for (const { at, code } of samples) write(folder, `${nameOf(at)}.mjs`, code);
  typescript(folder, { allowJs: true, checkJs: true, noUnusedLocals: false });
  const { stdout } = run("npx", ["tsc", "-p", folder], root);
  assert.deepEqual(
    stdout.split("\n").filter((line) => REAL.test(line)),
    [],
  );
});

test("JSON and TOML can be parsed", () => {
  const { parse } = createRequire(join(tools, "package.json"))("smol-toml");
  for (const { code, at } of samplesIn("toml")) assert.doesNotThrow(() => parse(code), at);
  for (const { code, at } of samplesIn("json")) {
    // One document, or one a line.
    const documents = code.startsWith("{\n") ? [code] : code.trim().split("\n");
    for (const document of documents) assert.doesNotThrow(() => JSON.parse(document), at);
  }
});

test("shell can be parsed", () => {
  for (const { code, at } of samplesIn("sh")) {
    const { status, stderr } = run("bash", ["-n"], root, code);
    assert.equal(status, 0, `${at}: ${stderr}`);
  }
});

test("Python can be parsed", () => {
  for (const { code, at } of samplesIn("python")) {
    const { status, stderr } = run("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], root, code);
    assert.equal(status, 0, `${at}: ${stderr}`);
  }
});

test("commands have the flags that they are given", () => {
  const asked = samplesIn("sh").flatMap(({ code, at }) => commandsIn(code).map((command) => ({ ...command, at })));
  assert.ok(asked.length > 20);
  const wrong = asked.filter(({ name, flags }) => flags.some((flag) => !helpOf(name).includes(flag)));
  assert.deepEqual(wrong, []);
});

test("xtask has the commands and parts that are named", () => {
  const main = readFileSync(join(root, "xtask/src/main.rs"), "utf8");
  const [, usage] = /const USAGE: &str = "([^"]*)"/.exec(main);
  const words = samplesIn("sh").flatMap(({ code, at }) => {
    const found = [...code.matchAll(/cargo xtask ([a-z][a-z -]*?)(?= --| *$| *#)/gm)];
    return found.flatMap(([, words]) => words.trim().split(" ")).map((word) => ({ word, at }));
  });
  assert.ok(words.length > 0);
  const unknown = words.filter(({ word }) => !new RegExp(`\\b${word}\\b`).test(usage));
  assert.deepEqual(unknown, []);
});

/** Each `verdigris …` of a shell sample: its command and long flags. */
function commandsIn(code) {
  const lines = code
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.replace(/\s#.*/, ""));
  return lines.flatMap((line) => {
    const [, name, rest] = /(?:^|\s)verdigris ([a-z-]+)((?:\s.*)?)$/.exec(line) ?? [];
    return name ? [{ name, flags: rest.match(/(?<=\s)--[a-z-]+/g) ?? [] }] : [];
  });
}

const helps = new Map();
function helpOf(name) {
  if (!helps.has(name)) helps.set(name, run(program, [name, "--help"], root).stdout);
  return helps.get(name);
}

function typescript(folder, options) {
  const compilerOptions = { noEmit: true, ...options };
  write(
    folder,
    "tsconfig.json",
    JSON.stringify({ extends: join(root, "web/tsconfig.json"), compilerOptions, include: ["*"] }),
  );
}

function write(folder, name, text) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** A file's name that says where its sample stands, for the compilers' complaints. */
function nameOf(at) {
  return at.replace(/[^\w]+/g, "-");
}

function run(command, args, cwd, input) {
  return spawnSync(command, args, { cwd, input, encoding: "utf8", timeout: 300_000 });
}

function succeeds(command, args, cwd) {
  const { status, stdout, stderr, error } = run(command, args, cwd);
  assert.equal(status, 0, `${error ?? ""}${stdout}${stderr}`);
}
