// Puts beside the compiled modules what the compiler leaves: the renderer, and the worker's address.
import { cpSync, readFileSync, writeFileSync } from "node:fs";

const at = (path) => new URL(`../${path}`, import.meta.url);
cpSync(at("src/generated/renderer"), at("dist/generated/renderer"), { recursive: true });

const pool = at("dist/render/pool.js");
const [before, after] = ['"./painter.worker.ts"', '"./painter.worker.js"'];
const code = readFileSync(pool, "utf8");
if (!code.includes(before)) throw new Error(`${pool.pathname} doesn't name its worker as ${before}`);
writeFileSync(pool, code.replace(before, after));
