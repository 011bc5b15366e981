// Lets Node run the page's TypeScript as it is: import this file, then `await import("../src/….ts")`.
// Node 20 can't; later ones can, and then this file may go.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { transformWithOxc } from "vite";

register(import.meta.url);

/** Node's module hook: takes the types out of a `.ts` file. */
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const path = fileURLToPath(url);
  const { code } = await transformWithOxc(readFileSync(path, "utf8"), path, { lang: "ts" });
  return { format: "module", source: code, shortCircuit: true };
}
