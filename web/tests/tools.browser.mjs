// What one can do with a picture, in a real browser: look at it from near, take it along, raise its answer, see its past.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { decodeFunctionData, hexToBigInt } from "viem";
import { keepScreenshot, open, textOf, verdict } from "./browser.mjs";
import { useCollection } from "./collection.mjs";
import { FEES } from "./mock-chain.mjs";
import { makeToken } from "./mock-token.mjs";
import { paint, withoutAlpha } from "./renderer.mjs";
import "./typescript.mjs";

const { decodePng } = await import("../sdk/src/files/png.ts");
const { inferenceHubAbi } = await import("../sdk/src/generated/abi.ts");

const there = useCollection();

async function openToken(id, options) {
  const page = await open(there.browser, `${there.stack.page}?token=${id}`, options);
  await verdict(page, "verified");
  return page;
}

test("an address that is shortened is selected by one tap, and copied as a whole", async () => {
  const page = await openToken(1);
  const copied = await page.evaluate(() => {
    const shown = document.querySelector('code[title^="0x"]');
    getSelection().selectAllChildren(shown);
    let text;
    document.addEventListener("copy", ({ clipboardData }) => (text = clipboardData.getData("text/plain")), {
      once: true,
    });
    document.execCommand("copy");
    return { text, whole: shown.title, shown: shown.textContent, select: getComputedStyle(shown).userSelect };
  });
  assert.equal(copied.text, copied.whole);
  assert.match(copied.whole, /^0x(\w{40}|\w{64})$/);
  assert.ok(copied.shown.includes("…"));
  assert.equal(copied.select, "all");
  await page.context().close();
});

/** The viewer's topmost canvas, once it has `size` pixels a side in all: its pixels, and where it begins. */
async function seen(page, size) {
  await page.waitForFunction(
    (text) => document.querySelector(".viewer output").textContent.startsWith(text),
    size.toLocaleString("en"),
  );
  await page.waitForFunction((size) => {
    const canvas = [...document.querySelectorAll(".stage canvas")].at(-1);
    const { data } = canvas.getContext("2d").getImageData(0, canvas.height - 1, canvas.width, 1);
    const scale = canvas.getBoundingClientRect().width / canvas.width;
    return (
      Math.abs(scale * devicePixelRatio - 1) < 0.01 && data.every((byte, at) => at % 4 !== 3 || byte === 255) && size
    );
  }, size);
  return page.evaluate(() => {
    const canvas = [...document.querySelectorAll(".stage canvas")].at(-1);
    const { width, height } = canvas;
    return { width, height, rgba: [...canvas.getContext("2d").getImageData(0, 0, width, height).data] };
  });
}

test("from near, the picture is drawn anew at the size one zooms to, and only what is in view", async () => {
  const page = await openToken(3, { viewport: { width: 600, height: 660 } });
  await page.click("text=Look closer");
  const stage = await page.locator(".stage").evaluate(({ clientWidth, clientHeight }) => [clientWidth, clientHeight]);
  const whole = Math.min(...stage);
  await seen(page, whole);
  await page.waitForTimeout(300);
  assert.equal(await page.locator(".stage canvas").count(), 1, "the first view is drawn once");
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  const size = Math.round(whole * 1.5 ** 3);
  const near = await seen(page, size);
  assert.ok(near.width <= stage[0] + 1 && near.height <= stage[1] + 1, "no more than what is in view");
  await keepScreenshot(page, "viewer");
  for (let step = 0; step < 12; step++) await page.click('[aria-label="Zoom in"]');
  await page.waitForFunction(() => document.querySelector(".viewer output").textContent.startsWith("4,096"));
  const finest = await seen(page, 4096);
  // The middle of the window is the middle of the picture, so the first pixel in view is known.
  const from = stage.map((length) => Math.floor((4096 - length) / 2));
  const expected = paint({ ...there.stack.tokens[2].blueprint, size: 4096 });
  const at = (from[1] * 4096 + from[0]) * 4;
  assert.deepEqual(finest.rgba.slice(0, finest.width * 4), [...expected.subarray(at, at + finest.width * 4)]);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".viewer").evaluate((dialog) => dialog.open), false);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("it is moved by hand, by the wheel and by keys, and never out of sight", async () => {
  const page = await openToken(3, { viewport: { width: 600, height: 660 } });
  await page.click("text=Look closer");
  await page.mouse.move(150, 150);
  await page.mouse.wheel(0, -500);
  /** Where the picture lies, once that is as wanted: the browser takes its time to tell the page what hands do. */
  const box = async (isWanted) => {
    for (let look = 0; look < 100; look++) {
      const found = await page.locator(".stage canvas").first().boundingBox();
      if (isWanted(found)) return found;
      await page.waitForTimeout(50);
    }
    assert.fail(`the picture doesn’t come to where it should: ${isWanted}`);
  };
  const isAt = (x, y) => (found) => Math.round(found.x - x) === 0 && Math.round(found.y - y) === 0;
  const before = await box(({ width }) => width > 700);
  await page.mouse.down();
  await page.mouse.move(100, 120, { steps: 4 });
  await page.mouse.up();
  const dragged = await box(isAt(before.x - 50, before.y - 30));
  await page.keyboard.press("ArrowLeft");
  await box(isAt(Math.min(0, dragged.x + 80), dragged.y)); // no further than to the edge
  await page.keyboard.press("0");
  await box(({ width }) => width <= 600);
  await page.context().close();
});

for (const size of [256, 512]) {
  test(`the PNG of ${size} pixels is the picture at that size, pixel by pixel`, async () => {
    const page = await openToken(4);
    await page.selectOption("#download-size", String(size));
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Download PNG")]);
    assert.equal(download.suggestedFilename(), `verdigris-4-${size}.png`);
    const { width, rgb } = await decodePng(await readFile(await download.path()));
    assert.equal(width, size);
    assert.deepEqual(rgb, Uint8Array.from(withoutAlpha(paint({ ...there.stack.tokens[3].blueprint, size }))));
    await page.context().close();
  });
}

test("the answer is raised with a wallet, for the fee that the page told", async () => {
  const told = there.stack.tokens[1];
  there.stack.tokens[1] = { ...told, assurance: 0, held: 0, request: { ...told.request, level: 0 } };
  there.stack.tokens[0].assurance = 0;
  const sent = [];
  there.stack.tokens.onSend = (transaction) => sent.push(transaction);
  const page = await openToken(2);
  await page.click("text=Raise to Quorum");
  await page.click('.wallets button:has-text("Local account")');
  for (let waited = 0; sent.length === 0 && waited < 10_000; waited += 50) await page.waitForTimeout(50);
  assert.equal(sent.length, 1);
  assert.equal(await page.locator(".chooser-dialog").evaluate((dialog) => dialog.open), false);
  assert.equal(hexToBigInt(sent[0].value), FEES.Quorum);
  const { functionName, args } = decodeFunctionData({ abi: inferenceHubAbi, data: sent[0].data });
  assert.equal(functionName, "raise");
  assert.deepEqual(args.slice(0, 2), [told.token.requestId, 1]);

  // The evidence comes so soon that the page never sees it being raised; then there is a next rung.
  there.stack.tokens[1] = { ...told, assurance: 0, held: 1, request: { ...told.request, level: 1 } };
  await page.waitForFunction(() => window.verdigris.level.held === "Quorum");
  await page.waitForSelector('button:has-text("Raise to Optimistic"):enabled');
  await page.waitForFunction(() => document.querySelector(".assurance .news").textContent === "");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
  there.stack.tokens.onSend = undefined;
  there.stack.tokens[1] = told;
  there.stack.tokens[0].assurance = 2;
});

test("a raise that comes to nothing in its time can be asked for again, by whoever looks on", async () => {
  const told = there.stack.tokens[1];
  const deadline = BigInt(Math.floor(Date.now() / 1000) + 8);
  there.stack.tokens[1] = { ...told, assurance: 0, held: 0, request: { ...told.request, level: 1, deadline } };
  there.stack.tokens[0].assurance = 0;
  const page = await openToken(2);
  await page.waitForFunction(() => window.verdigris.level.raising === "Quorum");
  await page.waitForFunction(() => window.verdigris.level.raising === undefined);
  await page.waitForSelector('button:has-text("Raise to Quorum"):enabled');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
  there.stack.tokens[1] = told;
  there.stack.tokens[0].assurance = 2;
});

test("the slider shows each past epoch as it was attested, and says where that is not so", async () => {
  const now = there.stack.tokens[5];
  const { model, size } = now.blueprint;
  const epochs = await Promise.all(
    [0, 1, 2].map((epoch) => makeToken({ tokenId: 6n, model, size, traits: [2, 1, 0, 3], epoch })),
  );
  there.stack.tokens[5] = { ...epochs[2], past: epochs.slice(0, 2) };
  let page = await openToken(6);
  assert.match(await textOf(page, ".history label"), /Epoch 2, the present one/);
  await page.focus("#epoch");
  for (const epoch of [1, 0]) {
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(
      (epoch) => window.verdigris.epoch?.shown === epoch && window.verdigris.epoch.attested !== undefined,
      epoch,
    );
    const found = await page.evaluate(() => window.verdigris.epoch);
    assert.equal(found.pixelRoot, epochs[epoch].token.pixelRoot);
    assert.equal(found.attested, epochs[epoch].token.pixelRoot);
    await page.waitForSelector('.history p[data-status="holds"]');
    assert.match(await textOf(page, ".history"), /renderer 1\.1\.1, as it was then/);
    assert.match(await textOf(page, ".traits"), new RegExp(`Epoch${epoch}`));
  }
  await keepScreenshot(page, "token-past");

  // What is taken along is what is shown, and news of the present piece don't push it aside.
  await page.selectOption("#download-size", String(size));
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Download PNG")]);
  assert.equal(download.suggestedFilename(), `verdigris-6-epoch-0-${size}.png`);
  const { rgb } = await decodePng(await readFile(await download.path()));
  assert.deepEqual(rgb, Uint8Array.from(withoutAlpha(paint({ ...epochs[0].blueprint, size }))));
  const raising = { level: 3, deadline: BigInt(Math.floor(Date.now() / 1000) + 600) };
  Object.assign(there.stack.tokens[5], { request: { ...now.request, ...raising } });
  await page.waitForFunction(() => window.verdigris.level.raising === "Proven");
  assert.match(await textOf(page, ".traits"), /Epoch0/);
  assert.equal(await page.evaluate(() => window.verdigris.epoch.shown), 0);
  await page.focus("#epoch");
  await page.keyboard.press("End");
  await page.waitForFunction(() => window.verdigris.epoch?.shown === 2);
  assert.match(await textOf(page, ".history label"), /the present one/);
  await page.context().close();

  there.stack.tokens[5].request = epochs[2].request;
  const forged = { ...epochs[0].token, pixelRoot: epochs[1].token.pixelRoot };
  there.stack.tokens[5].past = [{ ...epochs[0], token: forged }, epochs[1]];
  page = await openToken(6);
  await page.focus("#epoch");
  await page.keyboard.press("Home");
  await page.waitForSelector('.history p[data-status="fails"]');
  assert.match(await textOf(page, ".history p"), /is another picture/);
  await page.context().close();
  there.stack.tokens[5] = now;
});

test("a piece that never evolved has no slider", async () => {
  const page = await openToken(1);
  assert.equal(await page.locator(".history").isVisible(), false);
  await page.context().close();
});
