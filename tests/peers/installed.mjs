// Where the peers are installed, and how their processes are started.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const build = process.env.CARGO_TARGET_DIR ?? `${root}target`;
/** The folder that `cargo xtask test peers` installs them in: outside of the checkout, as is all that is built. */
const folder = process.env.VERDIGRIS_PEERS ?? join(build, "peers");

/** A start takes some seconds; what takes so long has hung. */
const START_MS = 120_000;

/** Loads a CommonJS package. */
export const need = createRequire(join(folder, "package.json"));

/** Loads a file of a package that is an ES module. */
export const load = (path) => import(pathToFileURL(join(folder, "node_modules", path)));

/**
 * Starts a peer as a process of its own, in an empty folder of its own: it can be killed, and what it writes and what
 * it leaves open is its own affair. It says where it listens once it does.
 */
export async function startProcess(script, args = []) {
  const home = await mkdtemp(join(tmpdir(), "verdigris-node-"));
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(path, args, { cwd: home, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const exit = once(child, "exit");
  const slow = setTimeout(() => child.kill("SIGKILL"), START_MS);
  const [{ url }] = await Promise.race([
    once(child, "message"),
    exit.then(() => {
      throw new Error(`${script} ended before it listened, or did not listen within ${START_MS / 1000} seconds`);
    }),
  ]);
  clearTimeout(slow);
  const end = async (signal) => {
    child.kill(signal);
    await exit;
  };
  return {
    url,
    /** Ends it at once, in the middle of whatever it does. */
    kill: () => end("SIGKILL"),
    /** Has it neither answer nor close connections. */
    freeze: () => child.kill("SIGSTOP"),
    stop: async () => {
      await end("SIGKILL");
      await rm(home, { recursive: true, force: true });
    },
  };
}
