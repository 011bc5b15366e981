// Links of a page that lead out of the documentation, to code or to other READMEs, lead to the repository in the book.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, normalize } from "node:path";

/** The repository on the web, as Cargo.toml names it. */
export function repositoryOf(root) {
  const found = /^repository = "(.*)"$/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"));
  if (!found) throw new Error("Cargo.toml names no repository");
  return found[1];
}

/** `text` of the page at `path` with such links made whole; `path` and what links name count from `root`. */
export function outward(text, { root, path }) {
  const repository = repositoryOf(root);
  let isCode = false;
  const lines = text.split("\n").map((line) => {
    if (/^ *```/.test(line)) isCode = !isCode;
    return isCode ? line : line.replace(/\]\((?![a-z]+:|#)([^)\s]+)\)/g, (whole, target) => turned(target) ?? whole);
  });
  return lines.join("\n");

  function turned(target) {
    const [file, anchor] = target.split("#");
    const there = normalize(join(path, "..", file));
    if (there.startsWith("docs/")) return undefined;
    const on = join(root, there);
    if (!existsSync(on)) throw new Error(`${path} links to ${target}, which is not there`);
    const kind = statSync(on).isDirectory() ? "tree" : "blob";
    return `](${repository}/${kind}/main/${there.replace(/\/$/, "")}${anchor ? `#${anchor}` : ""})`;
  }
}
