// What a browser test of the page begins with: Chromium and seven tokens on a mock stack, there from the first test to the
// last.
import { after, before } from "node:test";
import { launch } from "./browser.mjs";
import { startMockCollection } from "./mock-collection.mjs";

/** The browser and the stack; both are there once the first test runs. */
export function useCollection() {
  const there = { browser: undefined, stack: undefined };
  before(async () => {
    [there.browser, there.stack] = await Promise.all([launch(), startMockCollection()]);
  });
  after(async () => {
    await there.browser?.close();
    there.stack?.close();
  });
  return there;
}
