// Opens the page in headless Chromium and asks it what it knows.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
/** Nothing that a test waits for takes this long, even on a busy machine. */
const PATIENCE = 60_000;

/** Starts Chromium. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS.split(" ") });
}

/**
 * Opens an address in a window of its own; `prepare(page)` may put routes in the way first.
 * `page.complaints` collects what the browser's console says of errors and forbidden things.
 */
export async function open(browser, address, { prepare, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && page.complaints.push(message.text()));
  await prepare?.(page);
  await page.goto(address);
  return page;
}

/** For `open`'s `prepare`: a machine with so many cores. */
export function withCores(cores) {
  const override = (cores) => Object.defineProperty(navigator, "hardwareConcurrency", { value: cores });
  return (page) => page.addInitScript(override, cores);
}

/** Waits for a verdict; gives back `window.verdigris`. */
export async function verdict(page, wanted) {
  await page.waitForSelector(`html[data-verdict="${wanted}"]`);
  return page.evaluate(() => window.verdigris);
}

/** Waits until no check is left open; gives back `window.verdigris`. */
export async function settled(page) {
  await page.waitForFunction(() => {
    const checks = Object.values(window.verdigris?.checks ?? {});
    return checks.length > 0 && checks.every(({ status }) => status !== "pending");
  });
  return page.evaluate(() => window.verdigris);
}

/** The text of an element, once it is there. */
export function textOf(page, selector) {
  return page.locator(selector).textContent();
}

/** Keeps a picture of the whole page in the folder that VERDIGRIS_SCREENSHOTS names, if it names one. */
export async function keepScreenshot(page, name) {
  const folder = process.env.VERDIGRIS_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
