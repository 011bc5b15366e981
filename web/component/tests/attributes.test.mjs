// The element's attributes: what they may be, and what is said of those that they may not.
import assert from "node:assert/strict";
import { test } from "node:test";
import "../../tests/typescript.mjs";

const { readAttributes, readSize } = await import("../src/attributes.ts");

const GOOD = {
  chain: "31337",
  contract: "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0",
  "token-id": "7",
  rpc: "https://node.example/rpc",
};
const BASE = "https://page.example/gallery/";
const read = (change = {}) => readAttributes((name) => ({ ...GOOD, ...change })[name] ?? null, BASE);
const size = (text) => readSize(() => text);

test("good attributes name a token", () => {
  assert.deepEqual(read(), {
    ...{ chain: 31337, contract: GOOD.contract.toLowerCase(), tokenId: 7n, rpc: GOOD.rpc, epoch: undefined },
  });
  assert.equal(read({ epoch: "65535" }).epoch, 65535);
  assert.equal(read({ epoch: "" }).epoch, undefined);
  assert.equal(read({ "token-id": ` ${2n ** 256n - 1n} ` }).tokenId, 2n ** 256n - 1n);
  assert.equal(read({ rpc: "/rpc" }).rpc, "https://page.example/rpc");
  assert.deepEqual([null, "", "1", "2048"].map(size), [undefined, undefined, 1, 2048]);
});

test("those that are missing are named, all at once", () => {
  assert.throws(() => readAttributes(() => null, BASE), {
    message: "<verdigris-art> needs the attribute chain, contract, token-id, rpc.",
  });
  assert.throws(() => read({ rpc: " " }), { message: "<verdigris-art> needs the attribute rpc." });
});

const WRONG = {
  chain: ["0", "-1", "0x7a69", "eip155:1", "1.5", `${2n ** 53n}`, "9".repeat(100)],
  contract: ["0x", "vitalik.eth", GOOD.contract.slice(2), `${GOOD.contract}0`, GOOD.contract.replace("E", "G")],
  "token-id": ["-1", "7.0", "seven", `${2n ** 256n}`, "0x07"],
  rpc: ["ftp://node.example", "javascript:alert(1)", "ws://node.example", "https://me:secret@node.example", "https://"],
  epoch: ["65536", "-1", "now", "1e3"],
};
for (const [name, values] of Object.entries(WRONG)) {
  test(`a bad ${name} is named`, () => {
    for (const value of values)
      assert.throws(() => read({ [name]: value }), { message: new RegExp(`^The attribute ${name} must be `) });
  });
}

test("a size that isn't drawn is named", () => {
  for (const text of ["0", "2049", "-1", "12px", "1.5", "100%"]) {
    assert.throws(() => size(text), {
      message: `The attribute size must be a whole number from 1 to 2048, not “${text}”.`,
    });
  }
});

test("a secret in an address is not repeated, and what is long is cut short", () => {
  assert.throws(
    () => read({ rpc: "https://me:secret@node.example" }),
    (error) => !error.message.includes("secret"),
  );
  assert.throws(
    () => read({ contract: "x".repeat(5000) }),
    (error) => error.message.length < 300,
  );
});
