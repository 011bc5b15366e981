// Deno for the simulator of Chainlink Functions, kept to the loopback interface: by itself, the simulator listens on every
// one, and lets its script reach anything.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { need } from "./installed.mjs";

const args = process.argv.slice(2).map((arg) => (arg === "--allow-net" ? "--allow-net=127.0.0.1,localhost" : arg));
const script = args.find((arg) => arg.endsWith(".ts"));
if (script) {
  const text = readFileSync(script, "utf8");
  const bound = text.replace("Deno.listen({ port:", 'Deno.listen({ hostname: "127.0.0.1", port:');
  if (bound === text) throw new Error("the simulator's server is not where it was");
  writeFileSync(script, bound);
}
const { status } = spawnSync(need.resolve("@deno/linux-x64-glibc/deno"), args, { stdio: "inherit" });
process.exit(status ?? 1);
