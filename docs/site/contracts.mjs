// The interfaces' reference pages: forge's, from NatSpec. The interfaces are compiled by themselves, in a folder of their own:
// that takes a second, and `forge doc` can't do a project whose libraries lie outside of it (1.7.1: "prefix not found").
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a reader needs first. */
const FIRST = ["IInferenceHub", "IInferenceConsumer", "IModelRegistry", "IExecutor", "ISeedArt"];
/** What the interfaces import. */
const SOURCES = ["interfaces", "types"];

/** Pages as `{ title, name, about, text }`. */
export function contractPages({ root, work }) {
  rmSync(work, { recursive: true, force: true });
  for (const folder of SOURCES) {
    // Of other people's interfaces, their own documentation is the reference.
    const isOurs = (path) => !path.includes("/interfaces/external");
    cpSync(join(root, "contracts/src", folder), join(work, "src", folder), { recursive: true, filter: isOurs });
  }
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, "foundry.toml"), projectIn(root));
  const { status, stdout, stderr } = spawnSync(forgeIn(root), ["doc", "--root", work, "--out", join(work, "pages")], {
    cwd: work,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`forge doc failed: ${stdout}${stderr}`);
  const names = readdirSync(join(work, "src/interfaces")).map((file) => file.replace(/\.sol$/, ""));
  const others = names.filter((name) => !FIRST.includes(name)).sort();
  return [...FIRST, ...others].map((name) => page(work, name));
}

function page(work, name) {
  const path = `pages/src/src/interfaces/${name}.sol/interface.${name}.md`;
  const text = plain(readFileSync(join(work, path), "utf8"));
  const [, first = ""] = /^# .*\n+([\s\S]*?)\n\n/m.exec(text) ?? [];
  const about = first.replace(/\s+/g, " ").replace(/(?<=\.) [A-Z].*/, "");
  return { title: name, name, about, text: text.replaceAll("docs/protocol.md", "[the protocol](../../protocol.md)") };
}

/** Without the title that repeats the heading, with one blank line where forge leaves several. */
function plain(text) {
  const shorter = text.replace(/\*\*Title:\*\*\n.*\n/, "").replace(/^\[Git Source\].*\n/m, "");
  return shorter.replace(/\n{3,}/g, "\n\n");
}

function projectIn(root) {
  return `[profile.default]
src = "src"
offline = true
auto_detect_remappings = false
solc = ${JSON.stringify(join(root, "contracts/tools/solc"))}
evm_version = "prague"
`;
}

/** Foundry's program that npm installed: itself, not the script of its name in `.bin`, which hides that it failed. */
export function forgeIn(root) {
  const packages = join(root, "node_modules/@foundry-rs");
  const found = readdirSync(packages).find((name) => name.startsWith("forge-"));
  if (!found) throw new Error(`no forge in ${packages}: run \`npm ci\``);
  return join(packages, found, "bin/forge");
}
