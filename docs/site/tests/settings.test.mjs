// The settings' table names what the functions can be told, on either platform.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { settingsText } from "../settings.mjs";
import { root, tools } from "./places.mjs";

const { parse } = createRequire(join(tools, "package.json"))("smol-toml");
const read = (path) => readFileSync(join(root, path), "utf8");
const told = [...settingsText(read("docs/protocol.md")).matchAll(/<a id="(\w+)">/g)].map(([, name]) => name);

test("every setting of spin.toml is in the table, and no other", () => {
  assert.deepEqual([...told].sort(), Object.keys(parse(read("spin.toml")).variables).sort());
});

test("every variable of wrangler.toml is one of them", () => {
  const names = Object.keys(parse(read("wrangler.toml")).vars).map((name) => name.toLowerCase());
  assert.deepEqual(
    names.filter((name) => !told.includes(name)),
    [],
  );
});
