// A wrong config.json is refused with the name of what is wrong in it.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./typescript.mjs";

const { parseConfig } = await import("../src/config.ts");

const good = {
  chainId: 31337,
  rpcUrl: "http://127.0.0.1:8545",
  hub: "0x5fbdb2315678afecb367f032d93f642f64180aa3",
  registry: "0xe7f1725e7734ce288f8367e1bb143e90bb3f0512",
  art: "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0",
  gateway: "http://127.0.0.1:8080",
};

test("a good configuration is taken, its addresses with their checksum", () => {
  assert.equal(parseConfig(good).hub, "0x5FbDB2315678afecb367f032d93F642f64180aa3");
});

test("what else the file says does no harm", () => {
  assert.equal("page" in parseConfig({ ...good, page: "http://127.0.0.1:3000" }), false);
});

for (const gateway of ["http://127.0.0.1:8080/", "http://127.0.0.1:8080/ipfs", "http://127.0.0.1:8080/ipfs/"]) {
  test(`the gateway may be written ${gateway}`, () => {
    assert.equal(parseConfig({ ...good, gateway }).gateway, "http://127.0.0.1:8080");
  });
}

const wrong = {
  chainId: -1,
  rpcUrl: "javascript:alert(1)",
  hub: "0x1234",
  registry: null,
  art: 7,
  gateway: "ipfs://x",
};
for (const [name, value] of Object.entries(wrong)) {
  test(`a wrong ${name} is named`, () => {
    assert.throws(() => parseConfig({ ...good, [name]: value }), new RegExp(`In config\\.json, ${name} is not`));
  });
  test(`a missing ${name} is named`, () => {
    assert.throws(() => parseConfig({ ...good, [name]: undefined }), new RegExp(`In config\\.json, ${name} is not`));
  });
}

for (const value of [undefined, null, [], "text", 7]) {
  test(`${JSON.stringify(value)} is not a configuration`, () => {
    assert.throws(() => parseConfig(value), /not a JSON object/);
  });
}

test("an address that the page's own policy would forbid is named before it is asked", () => {
  for (const url of ["http://192.168.1.5:8545", "http://[::1]:8545", "http://node.example"]) {
    for (const name of ["rpcUrl", "gateway"]) {
      assert.throws(() => parseConfig({ ...good, [name]: url }), new RegExp(`${name} is on .* without TLS`));
    }
  }
  for (const url of ["https://192.168.1.5", "http://localhost:8545"])
    parseConfig({ ...good, rpcUrl: url, gateway: url });
});
