// What a deployer types: `wrangler deploy` as far as it goes without an account, and `wrangler dev`.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const wrangler = join(root, "node_modules/.bin/wrangler");
/** Nobody is asked, nothing is reported, and there is no account. */
const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_API_TOKEN: "", NO_COLOR: "1" };
const CONFIGS = ["wrangler.toml", "functions/onnx/edge/wrangler.toml", "functions/remote/edge/wrangler.toml"];
const PATIENCE_MS = 120_000;

for (const config of CONFIGS) {
  test(`wrangler deploy --dry-run passes with ${config}`, () => {
    const out = mkdtempSync(join(tmpdir(), "verdigris-wrangler-"));
    try {
      const args = ["deploy", "--dry-run", "--config", config, "--outdir", out];
      const { status, stdout, stderr } = spawnSync(wrangler, args, { cwd: root, env, encoding: "utf8" });
      assert.equal(status, 0, `${stdout}\n${stderr}`);
      assert.match(stdout, /Total Upload/);
      assert.doesNotMatch(stdout + stderr, /warning|unexpected/i, "nothing in the file that wrangler doesn't know");
    } finally {
      rmSync(out, { recursive: true });
    }
  });
}

test("wrangler dev answers what a local chain asks, told as the README says", async () => {
  const state = mkdtempSync(join(tmpdir(), "verdigris-wrangler-"));
  const functions = `http://127.0.0.1:${await freePort()}`;
  const program = `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/debug/verdigris`;
  const args = ["up", "--once", "--any-ports", "--size", "64", "--state-dir", state, "--functions-at", functions];
  const up = run(program, args);
  let dev;
  try {
    const told = join(state, "dev.vars");
    await until(() => existsSync(told) || up.hasEnded());
    assert.ok(existsSync(told), up.said());
    const where = ["--ip", "127.0.0.1", "--port", new URL(functions).port, "--persist-to", join(state, "worker")];
    const configs = CONFIGS.flatMap((config) => ["--config", config]);
    dev = run(wrangler, ["dev", ...configs, ...where, "--env-file", told]);
    await until(() => up.hasEnded() || dev.hasEnded());
    const life = JSON.parse(up.output().trim().split("\n").at(-1) || "{}");
    assert.equal(life.verified, true, `${up.said()}\n${dev.said()}`);
    assert.equal(life.recomputedPixelRoot, life.pixelRoot);
  } finally {
    dev?.kill();
    up.kill();
    rmSync(state, { recursive: true, force: true });
  }
});

/** A program with all that it starts. */
function run(program, args) {
  const child = spawn(program, args, { cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  child.on("error", (error) => {
    said.err += error;
  });
  child.stdout.on("data", (data) => {
    said.out += data;
  });
  child.stderr.on("data", (data) => {
    said.err += data;
  });
  return {
    output: () => said.out,
    said: () => `${program}: ${said.out}${said.err}`,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
    kill() {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    },
  };
}

async function until(condition) {
  for (const end = Date.now() + PATIENCE_MS; !condition() && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
