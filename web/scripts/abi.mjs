// Writes what the contracts understand, taken from their Solidity interfaces: sdk/src/generated/abi.ts, all of it; and
// component/src/generated/calls.ts, the little that the web component asks, with selectors worked out beforehand.
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
/** The generated files, and what writes each. */
const targets = [
  [join(here, "../sdk/src/generated/abi.ts"), renderAbi],
  [join(here, "../component/src/generated/calls.ts"), renderCalls],
];
/** What the web component asks and listens to. */
const ASKED = {
  ISeedArt: ["blueprint", "hub", "requestOfEpoch", "tokenOf", "traitsAt", "PictureFulfilled"],
  IInferenceHub: ["levelOf", "requestOf"],
};

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

function renderAbi(contracts, stamp) {
  const constants = contracts.map(
    ([name, { abi }]) =>
      `/** \`${name}\` */\nexport const ${constantName(name)} = ${JSON.stringify(abi, null, 2)} as const;\n`,
  );
  return `// What the contracts understand. Made by scripts/abi.mjs from the Solidity interfaces; don't edit.\n${stamp}\n\n${constants.join("\n")}`;
}

async function renderCalls(contracts, stamp) {
  const { toEventSelector, toFunctionSelector } = await import("viem");
  const asked = Object.entries(ASKED).flatMap(([name, items]) => {
    const { abi } = contracts.find(([contract]) => contract === name)[1];
    return items.map((item) => abi.find((entry) => entry.name === item) ?? missing(name, item));
  });
  const calls = asked
    .filter(({ type }) => type === "function")
    .map((item) => {
      const parts = {
        selector: toFunctionSelector(item),
        inputs: item.inputs.map(field),
        outputs: item.outputs.map(field),
      };
      return [item.name, parts];
    });
  const events = asked
    .filter(({ type }) => type === "event")
    .map((item) => {
      const fields = item.inputs.filter(({ indexed }) => !indexed).map(field);
      return [item.name, { topic: toEventSelector(item), fields }];
    });
  const constant = (name, entries) =>
    `export const ${name} = ${JSON.stringify(Object.fromEntries(entries), null, 2)} as const;\n`;
  return `// What the web component asks contracts. Made by scripts/abi.mjs from the Solidity interfaces; don't edit.\n${stamp}\n\n/** Functions: their selectors, what they take and give. */\n${constant("CALLS", calls)}\n/** Events: their first topic, and what follows the topics. */\n${constant("EVENTS", events)}`;
}

/** A value's name and type, and its parts if it is a struct. */
function field({ name, type, components }) {
  return components ? { name, type, components: components.map(field) } : { name, type };
}

function missing(contract, item) {
  throw new Error(`${contract} has no ${item}, for which the web component asks`);
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
const stale = targets.filter(([target]) => !readIfThere(target).includes(stamp));
if (stale.length > 0) {
  const contracts = compile(sources);
  for (const [target, render] of stale) {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, await render(contracts, stamp));
  }
}
