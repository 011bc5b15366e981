// Every link in the rendered book leads somewhere: pages, pictures, anchors, and what it names in the repository.
//
//   VERDIGRIS_BOOK=<folder> node --test docs/site/tests/*.test.mjs
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { repositoryOf } from "../links.mjs";
import { book, root } from "./places.mjs";

const pages = readdirSync(book, { recursive: true })
  .filter((path) => path.endsWith(".html"))
  .map((path) => ({ path, text: readFileSync(join(book, path), "utf8") }));
const anchors = new Map(pages.map(({ path, text }) => [path, new Set(attributes(text, "id"))]));
const links = pages.flatMap(({ path, text }) => {
  return [...attributes(text, "href"), ...attributes(text, "src")].map((target) => ({ path, target }));
});
const isOutside = (target) => /^[a-z]+:/i.test(target);

test("pages are there to be looked at", () => {
  assert.ok(pages.length > 30, `${book} has ${pages.length} pages`);
  assert.ok(links.length > 1000);
});

test("every page, file and anchor that is linked to is there", () => {
  const broken = links.filter(({ path, target }) => !isOutside(target) && !leads(path, target));
  assert.deepEqual(broken, []);
});

test("every file and folder of the repository that is linked to is there", () => {
  const prefix = `${repositoryOf(root)}/`;
  const inside = links.filter(({ target }) => target.startsWith(prefix));
  const broken = inside.filter(({ target }) => {
    const [, path] = /^(?:blob|tree)\/main\/([^#?]+)/.exec(target.slice(prefix.length)) ?? [];
    return path !== undefined && !existsSync(join(root, decodeURI(path)));
  });
  assert.deepEqual(broken, []);
});

test("nothing is fetched from elsewhere when a page is opened", () => {
  const fetched = pages.flatMap(({ path, text }) => {
    const tags = [...text.matchAll(/<(script|img|iframe|link)\b[^>]*>/g)].map(([tag]) => tag);
    const from = tags.flatMap((tag) => [...attributes(tag, "src"), ...attributes(tag, "href")]);
    return from.filter((target) => isOutside(target) || target.startsWith("//")).map((target) => ({ path, target }));
  });
  assert.deepEqual(fetched, []);
});

test("a reference page that was left without its content would show", () => {
  const left = pages.filter(({ text }) => text.includes("generated:"));
  assert.deepEqual(
    left.map(({ path }) => path),
    [],
  );
});

function leads(from, target) {
  const [file, anchor] = decodeURI(target).split("#");
  const path = file === "" ? from : relative(book, join(book, dirname(from), file));
  const page = path === "" || path.endsWith("/") ? join(path, "index.html") : path;
  if (!existsSync(join(book, page))) return false;
  return !anchor || (anchors.get(page)?.has(anchor) ?? true);
}

/** An attribute's values, of tags alone: in code samples the angle brackets are escaped. */
function attributes(text, name) {
  const value = new RegExp(`\\s${name}="([^"]*)"`);
  const found = [...text.matchAll(/<[a-z][^<>]*>/gi)].map(([tag]) => value.exec(tag)?.[1]);
  return found.filter((value) => value !== undefined).map((value) => value.replaceAll("&amp;", "&"));
}
