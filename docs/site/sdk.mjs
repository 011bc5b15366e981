// The SDK's reference pages: TypeDoc's, one for each folder of its source. Takes only what the SDK offers, and the types of
// its functions' parameters.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * What the folders of the source are about, in the order in which a reader needs them. The contracts' ABI, whose types fill
 * pages and say what the contracts' reference says, is left out.
 */
const FOLDERS = {
  token: "Tokens",
  render: "Drawing",
  verify: "Verifying",
  inference: "Requests and answers",
  files: "Files and addresses",
  ".": "Errors and the rest",
};

const HOW = {
  disableSources: true,
  readme: "none",
  router: "module",
  sort: ["source-order"],
  groupOrder: ["Functions", "Variables", "*"],
  hidePageHeader: true,
  hidePageTitle: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  expandParameters: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  propertiesFormat: "table",
  typeDeclarationFormat: "table",
  validation: { notExported: false },
  logLevel: "Error",
};

/** Pages as `{ title, name, text }`. */
export function sdkPages({ root, tools, work }) {
  const source = join(root, "web/sdk/src");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const offered = offeredBy(readFileSync(join(source, "index.ts"), "utf8"));
  const folders = Object.keys(FOLDERS).filter((folder) => offered.some(({ file }) => dirname(file) === folder));
  for (const folder of folders) {
    const here = offered.filter(({ file }) => dirname(file) === folder);
    writeFileSync(join(work, `${nameOf(folder)}.ts`), here.map((entry) => reexport(source, entry)).join("\n"));
  }
  const tsconfig = { extends: join(root, "web/sdk/tsconfig.json"), include: ["*.ts"] };
  writeFileSync(join(work, "tsconfig.json"), JSON.stringify(tsconfig));
  const options = {
    ...HOW,
    entryPoints: folders.map((folder) => join(work, `${nameOf(folder)}.ts`)),
    tsconfig: join(work, "tsconfig.json"),
    out: join(work, "pages"),
    plugin: [join(tools, "node_modules/typedoc-plugin-markdown/dist/index.js")],
  };
  writeFileSync(join(work, "typedoc.json"), JSON.stringify(options));
  const program = join(tools, "node_modules/typedoc/bin/typedoc");
  const { status } = spawnSync("node", [program, "--options", join(work, "typedoc.json")], { stdio: "inherit" });
  if (status !== 0) throw new Error("typedoc failed; what it said stands above");
  return folders.map((folder) => {
    const text = readFileSync(join(work, "pages", `${nameOf(folder)}.md`), "utf8");
    return { title: FOLDERS[folder], name: nameOf(folder), text: `# ${FOLDERS[folder]}\n\n${plain(text)}` };
  });
}

/** What index.ts passes on, file by file. */
function offeredBy(index) {
  const exports = [...index.matchAll(/export (type )?\{([^}]*)\} from "\.\/([^"]+)"/g)];
  return exports.map(([, type = "", names, file]) => ({ file, names: names.replace(/\s+/g, " ").trim(), type }));
}

/** A line that passes it on again, and with it the file's other types, which the functions' parameters are made of. */
function reexport(source, { file, names, type }) {
  const path = JSON.stringify(join(source, file));
  const known = names.split(",").map((name) => name.replace(/^ *(type )?/, "").trim());
  const declared = [...readFileSync(join(source, file), "utf8").matchAll(/^export (?:interface|type) (\w+)/gm)];
  const others = declared.map(([, name]) => name).filter((name) => !known.includes(name));
  const more = others.length > 0 ? `\nexport type { ${others.join(", ")} } from ${path};` : "";
  return `export ${type}{ ${names} } from ${path};${more}`;
}

function nameOf(folder) {
  return folder === "." ? "rest" : folder;
}

/** Destructured parameters have no name, so TypeDoc makes one up. */
function plain(text) {
  return text.replaceAll("\\_\\_namedParameters", "parameters").replaceAll("__namedParameters", "parameters");
}
