// The web component against a running stack: every token is verified, at its present epoch and all before.
//
//   node --conditions=source tests/component.mjs endpoints.json 1 2 3
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createClient, http } from "viem";
import { readContract } from "viem/actions";
import { startPages, told, visit } from "../web/component/tests/pages.mjs";
import { keepScreenshot, launch } from "../web/tests/browser.mjs";
import "../web/tests/typescript.mjs";

const { seedArtAbi } = await import("../web/sdk/src/generated/abi.ts");
const { rpcUrl, art, chainId } = JSON.parse(readFileSync(process.argv[2]));
const client = createClient({ transport: http(rpcUrl) });
const epochOf = (tokenId) =>
  readContract(client, { address: art, abi: seedArtAbi, functionName: "epochOf", args: [BigInt(tokenId)] });

const [browser, pages] = await Promise.all([launch(), startPages({ chain: chainId, contract: art, rpc: rpcUrl })]);
try {
  const elements = [];
  for (const tokenId of process.argv.slice(3)) {
    const present = await epochOf(tokenId);
    elements.push({ id: `present-${tokenId}`, "token-id": tokenId, size: 256 });
    for (let epoch = 0; epoch <= present; epoch++) {
      elements.push({ id: `epoch-${tokenId}-${epoch}`, "token-id": tokenId, size: 256, epoch });
    }
  }
  const page = await visit(browser, pages, elements.map(pages.tag).join(""));
  for (const { id } of elements) {
    await page.locator(`#${id}`).scrollIntoViewIfNeeded();
    const { verdict, checks } = await told(page, id);
    assert.equal(verdict, "verified", `${id}: ${JSON.stringify(checks)}`);
  }
  assert.deepEqual(page.complaints, []);
  await keepScreenshot(page, "component-stack");
} finally {
  pages.close();
  await browser.close();
}
