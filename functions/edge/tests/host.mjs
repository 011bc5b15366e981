// The same functions as Spin components, in the host. Needs `cargo xtask build native components`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SETTINGS } from "./worker.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const built = process.env.CARGO_TARGET_DIR ?? `${root}target`;
const program = `${built}/debug/verdigris-host`;
const manifest = process.env.VERDIGRIS_MANIFEST ?? `${root}spin.toml`;
const component = manifest.replace(/spin\.toml$/, "target/wasm32-wasip2/component/verdigris_intake.wasm");

/** Whether what this needs has been built. */
export const isBuilt = existsSync(program) && existsSync(component);

/** Starts the host with the settings of the Worker's tests, and others; with another manifest than ours if one is named. */
export async function startHost(settings = {}, application = manifest) {
  const state = await mkdtemp(join(tmpdir(), "verdigris-host-"));
  const flags = ["--manifest", application, "--listen", "127.0.0.1:0", "--state-dir", state];
  // Compiling the components takes seconds, so that is done once.
  flags.push("--cache-dir", `${built}/tmp/cwasm`);
  const variables = Object.entries({ ...SETTINGS, ...settings })
    // A manifest's list of hosts has no empty entry.
    .filter(([, value]) => value !== "")
    .map(([name, value]) => [`SPIN_VARIABLE_${name}`, value]);
  const env = { ...process.env, ...Object.fromEntries(variables), RUST_LOG: "error" };
  const host = spawn(program, flags, { env, stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: host.stdout });
  const [first] = await Promise.race([
    once(lines, "line"),
    once(host, "exit").then(() => {
      throw new Error("the host ended before it listened");
    }),
  ]);
  return {
    url: JSON.parse(first).listening,
    stop: async () => {
      host.kill();
      await once(host, "exit");
      await rm(state, { recursive: true, force: true });
    },
  };
}
