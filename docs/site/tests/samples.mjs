// The code samples of the documentation, with the place where each stands.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./places.mjs";

const FENCE = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

/** All samples in a language, of the documentation and of the READMEs that belong to it. */
export function samplesIn(language) {
  return pages().flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8");
    const found = [...text.matchAll(FENCE)].filter(([, , named]) => named === language);
    return found.map(({ 3: code, index }) => ({ at: `${page}:${lineOf(text, index) + 1}`, code }));
  });
}

function pages() {
  const docs = readdirSync(join(root, "docs"), { recursive: true }).filter((path) => path.endsWith(".md"));
  return ["README.md", "web/sdk/README.md", ...docs.map((path) => join("docs", path))].sort();
}

function lineOf(text, index) {
  return text.slice(0, index).split("\n").length;
}
