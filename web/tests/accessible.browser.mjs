// Every page, in light and dark, wide and narrow, as axe sees it: nothing serious that keeps anybody out.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { open, verdict } from "./browser.mjs";
import { useCollection } from "./collection.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WINDOWS = [
  ["wide and light", { viewport: { width: 1440, height: 900 }, colorScheme: "light" }],
  ["narrow and dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark" }],
];
/** Each page: its address, and what is done until it shows what is looked at. */
const PAGES = [
  ["the gallery", "", (page) => page.waitForFunction(() => window.verdigris?.hung.size === 7)],
  ["a token", "?token=2", (page) => verdict(page, "verified")],
  [
    "a picture from near",
    "?token=2",
    async (page) => {
      await verdict(page, "verified");
      await page.click("text=Look closer");
    },
  ],
  ["the offer to mint", "?mint", (page) => page.waitForSelector(".offer .primary")],
  [
    "the choice of a wallet",
    "?mint",
    async (page) => {
      await page.click(".offer .primary");
      await page.waitForSelector(".wallets button");
    },
  ],
  ["a token’s way", "?mint=3", (page) => page.waitForSelector('.way [data-step="final"][data-state="taken"]')],
  ["a token that isn’t there", "?token=99", (page) => page.waitForSelector(".notice:not(.brief)")],
  ["a number that is none", "?token=x", (page) => page.waitForSelector(".notice")],
];

const there = useCollection();

for (const [window, options] of WINDOWS) {
  for (const [name, address, prepare] of PAGES) {
    test(`${name}, ${window}`, async () => {
      const page = await open(there.browser, there.stack.page + address, options);
      await prepare(page);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run());
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      const said = serious.map(
        ({ id, help, nodes }) =>
          `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join("\n")}`,
      );
      assert.deepEqual(said, []);
      await page.context().close();
    });
  }
}

test("a token’s page is walked through by keys alone, and each stop can be seen", async () => {
  const page = await open(there.browser, `${there.stack.page}?token=2`);
  await verdict(page, "verified");
  const stops = [];
  for (let press = 0; press < 24; press++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return undefined;
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      const { width, height } = at.getBoundingClientRect();
      const name = at.getAttribute("aria-label") || at.textContent.trim() || at.id;
      return { name, isSeen: outlineStyle !== "none" && outlineWidth !== "0px" && width > 0 && height > 0 };
    });
    if (!stop) break;
    stops.push(stop);
  }
  for (const { name, isSeen } of stops) assert.ok(isSeen, `${name} shows no focus`);
  const names = stops.map(({ name }) => name);
  for (const wanted of ["Skip to the picture", "Mint", "Look closer", "Download PNG"]) {
    assert.ok(names.includes(wanted), `${wanted} is not among ${names.join(", ")}`);
  }
  await page.context().close();
});
