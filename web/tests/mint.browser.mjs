// Minting in a real browser: who pays is chosen, each step is shown as it is taken, and what can't be is said in words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFunctionData, hexToBigInt } from "viem";
import { keepScreenshot, open, textOf } from "./browser.mjs";
import { useCollection } from "./collection.mjs";
import { PRICE } from "./mock-chain.mjs";
import { ACCOUNT } from "./mock-stack.mjs";
import "./typescript.mjs";

const { seedArtAbi } = await import("../sdk/src/generated/abi.ts");
const { Status } = await import("../sdk/src/inference/standing.ts");

const there = useCollection();

const stepIs = (page, step, state = "taken") =>
  page.waitForSelector(`.way [data-step="${step}"][data-state="${state}"]`);

/** Takes the last token away until somebody mints it; gives back the transactions that were sent. */
function awaitMint() {
  const last = there.stack.tokens.pop();
  const honest = { ...last.token };
  const sent = [];
  there.stack.tokens.onSend = (transaction) => {
    sent.push(transaction);
    last.token.stage = 0;
    last.status = Status.Unknown;
    there.stack.tokens.push(last);
  };
  const restore = () => {
    Object.assign(last, { status: Status.Answered, held: 2, token: honest, proposal: undefined });
    there.stack.tokens.onSend = undefined;
    if (!there.stack.tokens.includes(last)) there.stack.tokens.push(last);
  };
  return { last, sent, restore };
}

async function choose(page, wallet) {
  await page.click(".offer .primary");
  await page.click(`.wallets button:has-text("${wallet}")`);
}

test("a piece is minted by the chain’s own account, and the page goes with it until it is final", async () => {
  const { last, sent, restore } = awaitMint();
  const page = await open(there.browser, `${there.stack.page}?mint`);
  assert.match(await textOf(page, ".offer"), /Mint for 0\.01 ETH/);
  await keepScreenshot(page, "mint-offer");
  await choose(page, "Local account");
  await stepIs(page, "minted");
  assert.equal(new URL(page.url()).search, "?mint=7");
  assert.equal(sent.length, 1);
  assert.equal(sent[0].from.toLowerCase(), ACCOUNT.toLowerCase());
  assert.equal(hexToBigInt(sent[0].value), PRICE);
  assert.deepEqual(decodeFunctionData({ abi: seedArtAbi, data: sent[0].data }).args, [ACCOUNT]);
  await stepIs(page, "drawn", "waiting");

  last.token.stage = 1;
  last.status = Status.Open;
  last.held = undefined;
  await stepIs(page, "inferred", "waiting");
  await page.waitForSelector(".picture canvas");

  last.status = Status.Answered;
  last.held = 2;
  last.token.stage = 2;
  await stepIs(page, "final");
  assert.match(await textOf(page, '.way [data-step="pinned"]'), /on IPFS as bafkrei/);
  assert.match(await textOf(page, '.way [data-step="final"]'), /holds level Optimistic/);
  await keepScreenshot(page, "mint-final");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
  restore();
});

test("who comes back to a token on its way goes on with it", async () => {
  const page = await open(there.browser, `${there.stack.page}?mint=2`, { viewport: { width: 390, height: 844 } });
  await stepIs(page, "final");
  assert.match(await textOf(page, ".mint h1"), /No\. 2/);
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${content} > ${window}`);
  await keepScreenshot(page, "mint-final-narrow");
  await page.context().close();
});

test("who reloads while the transaction waits goes on with it, and mints no second one", async () => {
  const { sent, last, restore } = awaitMint();
  const hash = `0x${"5e".repeat(32)}`;
  there.stack.tokens.isMining = true;
  const page = await open(there.browser, `${there.stack.page}?mint&tx=${hash}`);
  assert.match(await textOf(page, ".mint h1"), /On its way/);
  assert.equal(await page.locator(".offer").isVisible(), false);
  last.token.stage = 0;
  there.stack.tokens.push(last);
  there.stack.tokens.isMining = false;
  await stepIs(page, "minted");
  assert.equal(new URL(page.url()).search, "?mint=7");
  assert.equal(sent.length, 0);
  await page.context().close();
  restore();
});

test("a request that nobody answers in time says so, instead of waiting for ever", async () => {
  const { last, restore } = awaitMint();
  there.stack.tokens.push(last);
  last.token.stage = 1;
  Object.assign(last, { status: Status.Expired, held: undefined });
  const page = await open(there.browser, `${there.stack.page}?mint=7`);
  await stepIs(page, "inferred", "waiting");
  assert.match(await textOf(page, '.way [data-step="inferred"]'), /No answer came in time/);
  await page.context().close();
  restore();
});

/** A wallet that announces itself (EIP-6963), hands questions to the mock chain, and does as `moods` say. */
function withWallet(moods) {
  const install = ({ rpcUrl, account, moods }) => {
    const asked = [];
    let chainId = moods.chainId ?? "0x7a69";
    const refuse = (code, message) => Promise.reject(Object.assign(new Error(message), { code }));
    const provider = {
      asked,
      moveTo(chain, more) {
        chainId = chain;
        Object.assign(moods, more);
      },
      on: () => {},
      async request({ method, params = [] }) {
        asked.push(method);
        if (method === "eth_requestAccounts") return moods.declines ? refuse(4001, "no") : [account];
        if (method === "eth_chainId") return chainId;
        if (method === "wallet_switchEthereumChain" && moods.knowsNoChain) return refuse(4902, "unknown chain");
        if (method.startsWith("wallet_")) {
          if (!moods.staysThere) chainId = params[0].chainId;
          return null;
        }
        if (method === "eth_sendTransaction" && moods.rejects) return refuse(4001, "User rejected the request.");
        const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
        const { result, error } = await (await fetch(rpcUrl, { method: "POST", body })).json();
        return error ? Promise.reject(Object.assign(new Error(error.message), error)) : result;
      },
    };
    window.wallet = provider;
    const info = {
      uuid: "w",
      name: "Copper Wallet",
      icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
    };
    const detail = Object.freeze({ info: { ...info, rdns: "org.copper" }, provider });
    const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    window.addEventListener("eip6963:requestProvider", announce);
    announce();
  };
  const { rpcUrl } = there.stack.config;
  return { prepare: (page) => page.addInitScript(install, { rpcUrl, account: ACCOUNT, moods }) };
}

test("a wallet is found by its announcement, learns of the chain, and pays", async () => {
  const { sent, restore } = awaitMint();
  const page = await open(
    there.browser,
    `${there.stack.page}?mint`,
    withWallet({ chainId: "0x1", knowsNoChain: true }),
  );
  await page.click(".offer .primary");
  await page.waitForSelector('.wallets button:has-text("Local account")');
  await keepScreenshot(page, "mint-wallets");
  await page.click('.wallets button:has-text("Copper Wallet")');
  await stepIs(page, "minted");
  assert.equal(sent.length, 1);
  const asked = await page.evaluate(() => window.wallet.asked);
  assert.ok(asked.includes("wallet_addEthereumChain") && asked.includes("eth_sendTransaction"), asked.join());
  await page.context().close();
  restore();
});

test("a wallet that was moved to another chain since is asked to come back before it pays again", async () => {
  there.stack.tokens[0].assurance = 0;
  const told = there.stack.tokens[1];
  there.stack.tokens[1] = { ...told, assurance: 0, held: 0, request: { ...told.request, level: 0 } };
  const sent = [];
  there.stack.tokens.onSend = (transaction) => sent.push(transaction);
  const page = await open(there.browser, `${there.stack.page}?token=2`, withWallet({}));
  await page.click("text=Raise to Quorum");
  await page.click('.wallets button:has-text("Copper Wallet")');
  await page.waitForFunction(() => /Asked for and paid/.test(document.querySelector(".news").textContent));
  assert.equal(sent.length, 1);
  await page.evaluate(() => window.wallet.moveTo("0x1", { staysThere: true }));
  there.stack.tokens[1] = {
    ...told,
    assurance: 0,
    held: 0,
    request: { ...told.request, level: 1, deadline: 2n ** 40n },
  };
  await page.waitForFunction(() => window.verdigris.level.raising === "Quorum");
  there.stack.tokens[1] = { ...told, assurance: 0, held: 1, request: { ...told.request, level: 1 } };
  await page.waitForFunction(() => window.verdigris.level.held === "Quorum");
  await page.click("text=Raise to Optimistic");
  await page.waitForSelector(".assurance .refused:not(:empty)");
  assert.match(await textOf(page, ".assurance .refused"), /speaks for another chain than 31337/);
  assert.equal(sent.length, 1, "nothing was paid on the other chain");
  await page.context().close();
  there.stack.tokens[0].assurance = 2;
  there.stack.tokens[1] = told;
  there.stack.tokens.onSend = undefined;
});

test("a wallet that stays on another chain is named, and another can be chosen", async () => {
  const page = await open(there.browser, `${there.stack.page}?mint`, withWallet({ chainId: "0x1", staysThere: true }));
  await choose(page, "Copper Wallet");
  await page.waitForSelector(".chooser-dialog .refused:not(:empty)");
  assert.match(await textOf(page, ".chooser-dialog .refused"), /Copper Wallet speaks for another chain than 31337/);
  await page.click(".chooser-dialog .quiet");
  await page.waitForSelector(".offer .primary:enabled");
  await page.context().close();
});

test("who declines to be known, or to pay, can try again", async () => {
  let page = await open(there.browser, `${there.stack.page}?mint`, withWallet({ declines: true }));
  await choose(page, "Copper Wallet");
  await page.waitForSelector(".chooser-dialog .refused:not(:empty)");
  assert.match(await textOf(page, ".chooser-dialog .refused"), /You declined/);
  await page.context().close();

  const { sent, restore } = awaitMint();
  page = await open(there.browser, `${there.stack.page}?mint`, withWallet({ rejects: true }));
  await choose(page, "Copper Wallet");
  await page.waitForFunction(() => window.wallet.asked.includes("eth_sendTransaction"));
  await page.waitForSelector(".offer .primary:enabled");
  assert.equal(await textOf(page, ".mint .refused"), "");
  assert.equal(sent.length, 0);
  await choose(page, "Local account");
  await stepIs(page, "minted");
  assert.equal(sent.length, 1, "with another wallet");
  await page.context().close();
  restore();
});

test("a collection that is sold out says so before anything is sent", async () => {
  there.stack.tokens.isSoldOut = true;
  const sent = [];
  there.stack.tokens.onSend = (transaction) => sent.push(transaction);
  const page = await open(there.browser, `${there.stack.page}?mint`);
  await choose(page, "Local account");
  await page.waitForSelector(".mint .refused:not(:empty)");
  assert.match(await textOf(page, ".mint .refused"), /Every piece of this collection is minted/);
  assert.equal(sent.length, 0);
  there.stack.tokens.isSoldOut = false;
  there.stack.tokens.onSend = undefined;
  await page.context().close();
});
