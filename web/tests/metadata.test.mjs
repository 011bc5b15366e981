// Metadata is read from every form of data URI, and nonsense is refused in words.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./typescript.mjs";

const { parseMetadata, parseTokenUri } = await import("../sdk/src/files/metadata.ts");

const json = JSON.stringify({
  name: "Verdigris #7 — “grün”",
  image: "ipfs://b",
  attributes: [{ trait_type: "Palette", value: "Moss" }, { trait_type: "Edition", value: 7 }, { value: "x" }, null],
});

for (const [form, uri] of Object.entries({
  base64: `data:application/json;base64,${Buffer.from(json).toString("base64")}`,
  escaped: `data:application/json,${encodeURIComponent(json)}`,
  plain: `data:application/json;utf8,${json}`,
})) {
  test(`a data URI in ${form} form is read`, () => {
    const metadata = parseTokenUri(uri);
    assert.equal(metadata.name, "Verdigris #7 — “grün”");
    assert.deepEqual(metadata.attributes, [
      { name: "Palette", value: "Moss" },
      { name: "Edition", value: "7" },
    ]);
  });
}

for (const uri of ["", "https://example.org/7.json", "data:text/html,hello", "data:application/json"]) {
  test(`“${uri}” is not followed`, () => {
    assert.throws(() => parseTokenUri(uri), /isn’t the complete data URI/);
  });
}

test("a document that is not UTF-8 JSON is refused", () => {
  for (const bytes of [Uint8Array.of(0xff), Buffer.from("{"), Buffer.from("")]) {
    assert.throws(() => parseMetadata(bytes), /not UTF-8 JSON/);
  }
});

test("a document that is no object is refused", () => {
  for (const text of ["[]", "null", "7", '"text"']) {
    assert.throws(() => parseMetadata(Buffer.from(text)), /not a JSON object/);
  }
});

test("fields of the wrong kind count as absent", () => {
  const metadata = parseMetadata(Buffer.from('{"name":7,"image":{},"attributes":"x","verdigris":[]}'));
  assert.deepEqual(metadata, { name: "", description: "", image: "", attributes: [], verdigris: undefined });
});
