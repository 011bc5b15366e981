// Puts together what mdBook renders: the pages as they are written, and the reference pages that are made of the OpenAPI file,
// the contracts' comments, the SDK's comments, the settings' table and the command's help.
//
//   node docs/site/stage.mjs --tools <folder with node_modules> --program <verdigris> --out <folder>
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { commandsText } from "./commands.mjs";
import { contractPages } from "./contracts.mjs";
import { httpText } from "./http.mjs";
import { outward } from "./links.mjs";
import { sdkPages } from "./sdk.mjs";
import { settingsText } from "./settings.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const docs = join(root, "docs");
const { values } = parseArgs({
  options: { tools: { type: "string" }, program: { type: "string" }, out: { type: "string" } },
});
const { tools, program, out } = values;
if (!tools || !program || !out) {
  console.error("usage: node stage.mjs --tools <folder> --program <verdigris> --out <folder>");
  process.exit(2);
}

const { parse } = createRequire(join(tools, "package.json"))("yaml");
const read = (path) => readFileSync(join(root, path), "utf8");
const work = join(out, "work");

const lists = {
  contracts: contractPages({ root, work: join(work, "contracts") }),
  sdk: sdkPages({ root, tools, work: join(work, "sdk") }),
};
const texts = {
  http: httpText(parse(read("functions/openapi.yaml"))),
  settings: settingsText(read("docs/protocol.md")),
  cli: commandsText(program),
  ...Object.fromEntries(Object.entries(lists).map(([folder, pages]) => [folder, listOf(folder, pages)])),
};

const source = join(out, "src");
rmSync(source, { recursive: true, force: true });
for (const file of files(docs)) {
  const path = relative(docs, file);
  if (!file.endsWith(".md")) cpSync(file, join(source, path));
  else write(path, withMade(path, outward(readFileSync(file, "utf8"), { root, path: join("docs", path) })));
}
for (const [folder, pages] of Object.entries(lists)) {
  for (const { name, text } of pages) write(`reference/${folder}/${name}.md`, text);
}
for (const name of ["book.toml", "style.css"]) cpSync(join(docs, "site", name), join(out, name));
mkdirSync(join(out, "theme/fonts"), { recursive: true });
cpSync(join(root, "web/public/favicon.svg"), join(out, "theme/favicon.svg"));
// Without this file mdBook brings web fonts.
writeFileSync(join(out, "theme/fonts/fonts.css"), "/* The machine’s own type, as on the page. */\n");

/** Every file of the documentation itself, but for what renders it. */
function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (path === join(docs, "site")) return [];
    return entry.isDirectory() ? files(path) : [path];
  });
}

/** A page with what is made put in its places; of the summary, with the pages that are made in their chapters. */
function withMade(path, text) {
  if (path === "SUMMARY.md") return text.replace(/^- \[.*\]\(reference\/(\w+)\.md\)$/gm, chapter);
  return text.replace(/<!-- generated: (\w+) -->/g, (_, name) => {
    if (texts[name] === undefined) throw new Error(`docs/${path}: nothing called "${name}" is made`);
    return texts[name];
  });
}

function chapter(line, folder) {
  const pages = lists[folder] ?? [];
  return [line, ...pages.map(({ title, name }) => `  - [${title}](reference/${folder}/${name}.md)`)].join("\n");
}

function listOf(folder, pages) {
  return pages
    .map(({ title, name, about }) => `- [${title}](${folder}/${name}.md)${about ? `: ${about}` : ""}`)
    .join("\n");
}

function write(path, text) {
  const to = join(source, path);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, text);
}
