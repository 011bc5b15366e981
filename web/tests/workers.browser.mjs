// Drawing by several workers in a real browser: on any number of cores the pictures are those of one renderer.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, textOf, verdict, withCores } from "./browser.mjs";
import { startMockCollection } from "./mock-collection.mjs";
import { paint } from "./renderer.mjs";

let browser;
let stack;

before(async () => {
  [browser, stack] = await Promise.all([launch(), startMockCollection()]);
});

after(async () => {
  await browser?.close();
  stack?.close();
});

/** A token's smooth picture as this process draws it, base64. */
const drawSmooth = ({ blueprint }, size) => Buffer.from(paint({ ...blueprint, size, smooth: true })).toString("base64");

/** Waits until the canvases that `selector` finds are as many as `pictures` (base64), with the same pixels. */
function showsPictures(page, selector, pictures) {
  return page.waitForFunction(
    ([selector, pictures]) => {
      const pixelsOf = (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      const isSame = (pixels, picture) => {
        const bytes = atob(picture);
        return pixels.length === bytes.length && pixels.every((value, at) => value === bytes.charCodeAt(at));
      };
      const canvases = [...document.querySelectorAll(selector)];
      return (
        canvases.length === pictures.length && canvases.every((canvas, at) => isSame(pixelsOf(canvas), pictures[at]))
      );
    },
    [selector, pictures],
  );
}

for (const [cores, expected] of [
  [1, 1],
  [2, 2],
  [5, 5],
  [64, 8],
]) {
  test(`on ${cores} cores ${expected} workers draw the attested picture, and a smooth one over it`, async () => {
    const page = await open(browser, `${stack.page}?token=2`, { prepare: withCores(cores) });
    const found = await verdict(page, "verified");
    assert.equal(found.pixelRoot.redrawn, stack.tokens[1].token.pixelRoot);
    assert.equal(page.workers().length, expected);
    await page.waitForFunction(() => window.verdigris.shownSize !== undefined);
    const { shownSize } = await page.evaluate(() => window.verdigris);
    await showsPictures(page, ".picture canvas ~ canvas", [drawSmooth(stack.tokens[1], shownSize)]);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test(`on ${cores} cores the whole collection is drawn`, async () => {
    const page = await open(browser, stack.page, { prepare: withCores(cores) });
    await page.waitForFunction(() => document.querySelectorAll(".wall canvas").length === 7);
    const size = await page
      .locator(".wall canvas")
      .first()
      .evaluate(({ width }) => width);
    const pictures = stack.tokens.map((token) => drawSmooth(token, size)).reverse(); // the newest hangs first
    await showsPictures(page, ".wall canvas", pictures);
    assert.equal(page.workers().length, expected);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test("when the window has another width, frames are drawn anew at their new size", async () => {
  const page = await open(browser, stack.page, { prepare: withCores(2), viewport: { width: 1200, height: 900 } });
  const fits = (count) =>
    page.waitForFunction((count) => {
      const frames = [...document.querySelectorAll(".wall .frame")];
      const fitting = frames.filter((frame) => frame.querySelector("canvas")?.width === frame.clientWidth);
      return fitting.length === count && frames[0].clientWidth;
    }, count);
  const wide = await (await fits(7)).jsonValue();
  await page.setViewportSize({ width: 420, height: 900 });
  const narrow = await (await fits(7)).jsonValue();
  assert.ok(narrow < wide, `${narrow} < ${wide}`);
  await showsPictures(page, ".wall canvas", stack.tokens.map((token) => drawSmooth(token, narrow)).reverse());
  await page.context().close();
});

test("a picture that the screen no longer wants is given up, and the next one is right", async () => {
  const page = await open(browser, `${stack.page}?token=3`, { prepare: withCores(2), deviceScaleFactor: 2 });
  await verdict(page, "verified");
  for (const width of [1200, 1000, 700, 500]) await page.setViewportSize({ width, height: 900 });
  await page.waitForFunction(() => {
    const { width } = document.querySelector(".picture .frame").getBoundingClientRect();
    return window.verdigris.shownSize === Math.round(width * devicePixelRatio);
  });
  const { shownSize } = await page.evaluate(() => window.verdigris);
  await showsPictures(page, ".picture canvas ~ canvas", [drawSmooth(stack.tokens[2], shownSize)]);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a browser in which the renderer doesn't start is told what it lacks, and nobody is convicted", async () => {
  const prepare = (page) => page.route("**/*.wasm", (route) => route.fulfill({ body: "\0asm no module" }));
  const page = await open(browser, `${stack.page}?token=2`, { prepare });
  assert.match(await textOf(page, ".picture .empty"), /The renderer doesn’t start in this browser/);
  const { verdict: found } = await page.evaluate(() => window.verdigris);
  assert.equal(found, "pending");
  await page.context().close();
});
