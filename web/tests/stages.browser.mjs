// A token's page follows the token: from an empty collection over mint and seed to the verified picture.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { keepScreenshot, launch, open, textOf, verdict } from "./browser.mjs";
import { startMockCollection } from "./mock-collection.mjs";

let browser;
let stack;

before(async () => {
  [browser, stack] = await Promise.all([launch(), startMockCollection()]);
});

after(async () => {
  await browser?.close();
  stack?.close();
});

const stageIs = (page, stage) => page.waitForFunction((wanted) => window.verdigris.stage === wanted, stage);

test("the page goes with its token from mint to picture without being reloaded", async () => {
  const { token } = stack.tokens[6];
  const last = stack.tokens.pop();
  const page = await open(browser, `${stack.page}?token=7`);
  assert.match(await textOf(page, ".notice:not(.brief)"), /6 tokens have been minted so far/);

  token.stage = 0;
  stack.tokens.push(last);
  await stageIs(page, "minted");
  assert.match(await textOf(page, ".summary"), /Waiting for its seed[\s\S]*block 12/);
  await page.waitForSelector('.picture img[src^="data:image/svg+xml"]');
  await keepScreenshot(page, "token-minted");

  token.stage = 1;
  await stageIs(page, "drawn");
  await page.waitForSelector(".picture canvas");
  assert.match(await textOf(page, ".summary"), /Waiting for its picture/);
  await page.waitForSelector('#check-model[data-status="holds"]');
  const early = await page.evaluate(() => window.verdigris);
  assert.equal(early.verdict, "pending");
  assert.equal(early.pixelRoot.chain, undefined);

  token.stage = 2;
  const found = await verdict(page, "verified");
  assert.equal(found.stage, "fulfilled");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("an empty collection says so, and shows the first piece as soon as it is minted", async () => {
  const all = stack.tokens.splice(0);
  const page = await open(browser, stack.page);
  assert.match(await textOf(page, ".gallery"), /Nothing has been minted yet/);
  await keepScreenshot(page, "collection-empty");
  stack.tokens.push(all[0]);
  await page.waitForSelector(".wall canvas");
  stack.tokens.push(...all.slice(1));
  await page.waitForFunction(() => document.querySelectorAll(".wall li").length === 7);
  assert.match(await textOf(page, ".wall li:first-child"), /No\. 7/);
  await page.context().close();
});

test("an RPC endpoint of another chain is named", async () => {
  const page = await open(browser, `${stack.page}?token=1`, {
    prepare: (page) =>
      page.route("**/config.json", (route) => route.fulfill({ json: { ...stack.config, chainId: 1 } })),
  });
  assert.match(await textOf(page, "#trouble"), /speaks for chain 31337, but this collection lives on chain 1/);
  await page.context().close();
});
