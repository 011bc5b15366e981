// What a collector does, in a real browser against a running stack: mints a piece, goes with it until it is final, looks
// at it, has its answer raised, and looks back at what another piece was.
//
// VERDIGRIS_PAGE names the page of a stack that asks at level Attested; its token 1 has evolved twice.
// VERDIGRIS_SCREENSHOTS names a folder to keep screenshots in.
import assert from "node:assert/strict";
import { keepScreenshot, launch, open, textOf, verdict } from "../web/tests/browser.mjs";

const base = process.env.VERDIGRIS_PAGE;
const NARROW = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "dark" };
const browser = await launch();

/** Mints a piece with the chain's own account; gives back its number. */
async function mint() {
  const page = await open(browser, new URL("?mint", base).href);
  await page.click(".offer .primary");
  await page.click('.wallets button:has-text("Local account")');
  for (const step of ["minted", "drawn", "inferred", "pinned", "fulfilled", "final"]) {
    await page.waitForSelector(`.way [data-step="${step}"][data-state="taken"]`);
  }
  await page.waitForSelector(".picture canvas");
  await keepScreenshot(page, "collector-minted");
  assert.deepEqual(page.complaints, []);
  const number = new URL(page.url()).searchParams.get("mint");
  await page.context().close();
  return number;
}

/** Looks at a piece until everything is checked, and has its answer raised. */
async function raise(number) {
  const page = await open(browser, new URL(`?token=${number}`, base).href);
  const found = await verdict(page, "verified");
  assert.equal(found.level.held, "Attested");
  await page.click("text=Raise to Optimistic");
  await page.click('.wallets button:has-text("Local account")');
  await page.waitForFunction(() => window.verdigris.level.held === "Optimistic");
  await verdict(page, "verified");
  assert.match(await textOf(page, '.ladder [data-level="Optimistic"]'), /held/);
  await keepScreenshot(page, "collector-raised");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

/** Goes back through the epochs of token 1. */
async function lookBack(name, options) {
  const page = await open(browser, new URL("?token=1", base).href, options);
  await verdict(page, "verified");
  await page.focus("#epoch");
  const roots = new Set();
  for (const epoch of [1, 0]) {
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(
      (epoch) => window.verdigris.epoch?.shown === epoch && window.verdigris.epoch.attested,
      epoch,
    );
    const { pixelRoot, attested } = await page.evaluate(() => window.verdigris.epoch);
    assert.equal(pixelRoot, attested);
    roots.add(pixelRoot);
    await page.waitForSelector('.history p[data-status="holds"]');
  }
  assert.equal(roots.size, 2);
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${content} > ${window}`);
  await keepScreenshot(page, `collector-past-${name}`);
  await page.context().close();
}

/** Every piece hangs in the gallery, the new one first. */
async function visit(number, name, options) {
  const page = await open(browser, base, options);
  await page.waitForFunction((number) => window.verdigris?.hung.has(number), number);
  assert.match(await textOf(page, ".wall li:first-child"), new RegExp(`No\\. ${number}`));
  await keepScreenshot(page, `collector-gallery-${name}`);
  await page.context().close();
}

try {
  const number = await mint();
  await raise(number);
  await lookBack("wide", {});
  await lookBack("narrow", NARROW);
  await visit(number, "wide", {});
  await visit(number, "narrow", NARROW);
} finally {
  await browser.close();
}
