// Wallets: what announces itself, and what is said when nothing could be sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ContractFunctionRevertedError,
  encodeErrorResult,
  InsufficientFundsError,
  UserRejectedRequestError,
} from "viem";
import "./typescript.mjs";

const { readAnnouncement } = await import("../src/wallet/discover.ts");
const { refusalOf } = await import("../src/wallet/refusal.ts");
const { seedArtAbi } = await import("../sdk/src/generated/abi.ts");

const provider = { request: async () => [] };
const info = { uuid: "350670db", name: "Copper", icon: "data:image/svg+xml,<svg/>", rdns: "org.copper" };

test("a wallet is taken as it announces itself", () => {
  assert.deepEqual(readAnnouncement({ info, provider }), { ...info, provider });
});

test("what is no announcement is passed over", () => {
  const wrong = [undefined, null, 7, "wallet", {}, { info }, { info: null, provider }, { info, provider: {} }];
  const parts = ["uuid", "name", "rdns"].map((part) => ({ info: { ...info, [part]: undefined }, provider }));
  const empty = ["uuid", "name"].map((part) => ({ info: { ...info, [part]: "" }, provider }));
  for (const detail of [...wrong, ...parts, ...empty]) assert.equal(readAnnouncement(detail), undefined);
});

test("an icon that lies elsewhere is never loaded, nor one that is too long", () => {
  const icons = ["https://tracker.example/i.png", "javascript:alert(1)", `data:image/png,${"x".repeat(200_000)}`, 7];
  for (const icon of icons) {
    assert.equal(readAnnouncement({ info: { ...info, icon }, provider }).icon, undefined);
  }
});

test("a long name is cut", () => {
  assert.equal(readAnnouncement({ info: { ...info, name: `  ${"w".repeat(300)}` }, provider }).name.length, 40);
});

test("whoever declines needs no explanation", () => {
  assert.equal(refusalOf(new UserRejectedRequestError(new Error("no"))), undefined);
  assert.equal(refusalOf({ code: 4001, message: "User rejected" }), undefined);
});

test("a contract’s refusal is said in words", () => {
  const reverted = (errorName, args) =>
    new ContractFunctionRevertedError({
      abi: seedArtAbi,
      data: encodeErrorResult({ abi: seedArtAbi, errorName, args }),
      functionName: "mint",
    });
  assert.match(refusalOf(reverted("SoldOut", [7n])).message, /Every piece of this collection is minted/);
  assert.match(refusalOf(reverted("WrongPrice", [0n, 1n])).message, /price has changed/);
  assert.match(refusalOf(reverted("TooEarly", [1n, 2n])).message, /refuses: TooEarly/);
});

test("an account with too little says so, in viem’s words and in a wallet’s", () => {
  for (const error of [new InsufficientFundsError(), new Error("insufficient funds for gas * price + value")]) {
    assert.match(refusalOf(error).message, /holds less than this costs/);
  }
});
