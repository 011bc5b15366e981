// Writes sdk/src/generated/abi.ts: what the contracts understand, taken from their Solidity interfaces.
//
// The interfaces are the one source of the ABI. They compile on their own with the solc of npm, in about a second,
// so the page needs neither forge nor the contracts' artefacts. Nothing happens if nothing changed.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const interfaces = join(here, "../../contracts/src/interfaces");
const target = join(here, "../sdk/src/generated/abi.ts");

/** The interfaces, by file name; but for those between contracts, which share types that a page has no use for. */
function readSources() {
  const names = readdirSync(interfaces).filter((name) => name.endsWith(".sol"));
  const sources = names.sort().map((name) => [name, { content: readFileSync(join(interfaces, name), "utf8") }]);
  const independent = sources.filter(([, { content }]) => !content.includes('from "../'));
  if (independent.length === 0) throw new Error(`no .sol files in ${interfaces}`);
  return Object.fromEntries(independent);
}

/** `IModelRegistry` → `modelRegistryAbi`. */
function constantName(contract) {
  const bare = contract.replace(/^I(?=[A-Z])/, "");
  return `${bare[0].toLowerCase()}${bare.slice(1)}Abi`;
}

function compile(sources) {
  const solc = createRequire(import.meta.url)("solc");
  const input = { language: "Solidity", sources, settings: { outputSelection: { "*": { "*": ["abi"] } } } };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const errors = (output.errors ?? []).filter((error) => error.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join("\n"));
  return Object.values(output.contracts).flatMap((contracts) => Object.entries(contracts));
}

function render(contracts, stamp) {
  const constants = contracts.map(
    ([name, { abi }]) =>
      `/** \`${name}\` */\nexport const ${constantName(name)} = ${JSON.stringify(abi, null, 2)} as const;\n`,
  );
  return `// What the contracts understand. Made by scripts/abi.mjs from the Solidity interfaces; don't edit.\n${stamp}\n\n${constants.join("\n")}`;
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const sources = readSources();
const inputs = JSON.stringify(sources) + readFileSync(fileURLToPath(import.meta.url), "utf8");
const stamp = `// inputs ${createHash("sha256").update(inputs).digest("hex")}`;
if (!readIfThere(target).includes(stamp)) {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, render(compile(sources), stamp));
}
