// A token's page follows the token: from an empty collection over mint and seed to the verified picture.
import assert from "node:assert/strict";
import { test } from "node:test";
import { keccak256 } from "viem";
import { keepScreenshot, open, textOf, verdict } from "./browser.mjs";
import { useCollection } from "./collection.mjs";
import { FEES } from "./mock-chain.mjs";
import "./typescript.mjs";

const { Status } = await import("../sdk/src/inference/standing.ts");
const PROPOSER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const there = useCollection();

const holds = (page, id) => page.waitForSelector(`#check-${id}[data-status="holds"]`);
const stageIs = (page, stage) => page.waitForFunction((wanted) => window.verdigris.stage === wanted, stage);

/** The bond and the time that stand behind an answer. */
function proposalFor({ output }, seconds = 1800) {
  const finalAfter = BigInt(Math.floor(Date.now() / 1000) + seconds);
  return { proposer: PROPOSER, bond: 10n ** 17n, finalAfter, outputHash: keccak256(output) };
}

/** Puts another token in place of no. 2 while `look(page)` runs. */
async function with2(change, look, options) {
  const honest = there.stack.tokens[1];
  there.stack.tokens[1] = { ...honest, token: { ...honest.token }, ...change(honest) };
  const page = await open(there.browser, `${there.stack.page}?token=2`, options);
  try {
    await look(page);
  } finally {
    there.stack.tokens[1] = honest;
    await page.context().close();
  }
}

const bonded = (told) => ({
  ...{ token: { ...told.token, stage: 1 }, status: Status.Proposed, held: undefined },
  proposal: proposalFor(told),
});

test("the page goes with its token from mint to picture and beyond without being reloaded", async () => {
  const { token } = there.stack.tokens[6];
  const last = there.stack.tokens.pop();
  const page = await open(there.browser, `${there.stack.page}?token=7`);
  assert.match(await textOf(page, ".notice:not(.brief)"), /6 tokens have been minted so far/);

  token.stage = 0;
  there.stack.tokens.push(last);
  await stageIs(page, "minted");
  assert.match(await textOf(page, ".summary"), /Waiting for its seed[\s\S]*block 12/);
  await page.waitForSelector('.picture img[src^="data:image/svg+xml"]');
  await keepScreenshot(page, "token-minted");

  token.stage = 1;
  Object.assign(last, { status: Status.Open, held: undefined });
  await stageIs(page, "drawn");
  await page.waitForSelector(".picture canvas");
  assert.match(await textOf(page, ".summary"), /Waiting for its picture/);
  for (const id of ["model", "chainPixel", "chainThumbnail", "tokenImage"]) await holds(page, id);
  const early = await page.evaluate(() => window.verdigris);
  assert.equal(early.verdict, "pending");
  assert.equal(early.pixelRoot.chain, undefined);
  assert.equal(early.level.status, "Open");

  Object.assign(last, { status: Status.Proposed, proposal: proposalFor(last) });
  await stageIs(page, "bonded");
  for (const id of ["pixelRoot", "pixels", "metadata", "output"]) await holds(page, id);
  assert.match(await textOf(page, ".summary"), /Bonded, not final yet[\s\S]*the one that your browser draws/);
  const during = await page.evaluate(() => window.verdigris);
  assert.equal(during.verdict, "pending");
  assert.equal(during.level.finalAfter, Number(last.proposal.finalAfter));
  assert.equal(during.checks.signature.status, "pending");

  token.stage = 2;
  Object.assign(last, { status: Status.Answered, held: 2, proposal: undefined });
  const found = await verdict(page, "verified");
  assert.equal(found.stage, "fulfilled");
  assert.equal(found.level.held, "Optimistic");
  assert.equal(await page.locator(".window").isVisible(), false);

  last.held = 3;
  await page.waitForFunction(() => window.verdigris.level.held === "Proven");
  await verdict(page, "verified");
  assert.match(await textOf(page, ".level"), /Proven/);

  Object.assign(last, { status: Status.Refuted, held: undefined });
  await verdict(page, "failed");
  assert.match(await textOf(page, ".summary.loud"), /Refuted/);
  assert.deepEqual(page.complaints, []);
  Object.assign(last, { status: Status.Answered, held: 2 });
  await page.context().close();
});

test("while an answer is bonded the page says until when it can be challenged, and counts down", async () => {
  await with2(bonded, async (page) => {
    await stageIs(page, "bonded");
    await page.waitForSelector(".window:not([hidden])");
    assert.match(await textOf(page, ".window"), /Can be challenged until[\s\S]*0\.1 ETH at stake, put up by 0x7099/);
    const first = await textOf(page, ".window .left");
    assert.match(first, /^(30|29) min \d+ s left$/);
    await page.waitForFunction((before) => document.querySelector(".window .left").textContent !== before, first);
    const done = await page.locator(".window progress").evaluate(({ value, max }) => value / max);
    assert.ok(done > 0.49 && done < 0.6, `${done} of the hour`);
    await holds(page, "tokenImage");
    await keepScreenshot(page, "token-bonded");
  });
});

test("once nobody has challenged it the page says that it will become final", async () => {
  const past = (told) => ({ ...bonded(told), proposal: proposalFor(told, -1) });
  await with2(past, async (page) => {
    await page.waitForSelector(".window:not([hidden])");
    assert.match(await textOf(page, ".window"), /Unchallenged[\s\S]*becomes final with the next step/);
  });
});

test("a bonded answer that is wrong is called wrong while it can still be challenged", async () => {
  const other = there.stack.tokens[3];
  const wrong = (told) => ({ ...bonded(told), output: other.output, proposal: proposalFor(other) });
  await with2(wrong, async (page) => {
    const found = await verdict(page, "failed");
    assert.equal(found.stage, "bonded");
    assert.match(await textOf(page, ".summary.loud"), /The bonded answer is wrong[\s\S]*verdigris challenge --watch/);
    await page.waitForSelector('#check-pixelRoot[data-status="fails"]');
    await page.waitForSelector(".pinned img");
    await keepScreenshot(page, "token-bonded-wrong");
  });
});

test("a bonded answer that is no picture at all is wrong, too", async () => {
  const output = "0x1234";
  const garbage = (told) => ({ ...bonded(told), output, proposal: proposalFor({ output }) });
  await with2(garbage, async (page) => {
    await verdict(page, "failed");
    assert.match(await textOf(page, ".summary.loud"), /The bonded answer is wrong/);
  });
});

test("an endpoint that hides the bonded answer is named, and the picture is drawn all the same", async () => {
  const hidden = (told) => ({ ...bonded(told), proposal: { ...proposalFor(told), outputHash: keccak256("0x07") } });
  await with2(hidden, async (page) => {
    await stageIs(page, "bonded");
    assert.match(await textOf(page, ".summary"), /doesn’t hand out the bonded answer/);
    await page.waitForSelector(".picture canvas");
    await holds(page, "chainThumbnail");
  });
});

test("a refuted answer is said loudly", async () => {
  await with2(
    () => ({ status: Status.Refuted, held: undefined }),
    async (page) => {
      const found = await verdict(page, "failed");
      assert.equal(found.level.status, "Refuted");
      assert.equal(found.level.held, undefined);
      assert.match(await textOf(page, ".summary.loud"), /Refuted[\s\S]*contradicts the answer/);
      assert.match(await textOf(page, ".stages"), /Refuted/);
      assert.match(await textOf(page, ".level"), /Refuted by evidence of a higher level/);
      assert.match(await textOf(page, "#check-level"), /Fails[\s\S]*Don’t rely on it/);
      await keepScreenshot(page, "token-refuted");
    },
  );
});

test("an answer below what the model can reach comes with the price and a button that raises it", async () => {
  there.stack.tokens[0].assurance = 0;
  await with2(
    () => ({ held: 0 }),
    async (page) => {
      const { level } = await verdict(page, "verified");
      assert.equal(level.asked, "Attested");
      await page.waitForFunction(() => Object.keys(window.verdigris.level.reach).length === 4);
      const { reach } = await page.evaluate(() => window.verdigris.level);
      assert.deepEqual(reach, {
        ...{ Quorum: String(FEES.Quorum), Optimistic: String(FEES.Optimistic) },
        ...{ Proven: "unreachable", Executed: "unreachable" },
      });
      assert.match(await textOf(page, ".level"), /It can be raised to Quorum or Optimistic/);
      const rung = (level) => textOf(page, `.ladder [data-level="${level}"]`);
      assert.match(await rung("Quorum"), /For 0\.02 ETH\.Raise to Quorum/);
      assert.match(await rung("Optimistic"), /For 0\.005 ETH; whoever answers stakes 0\.1 ETH\.Raise to Optimistic/);
      const button = page.locator('.ladder [data-level="Quorum"] button');
      assert.equal(await button.getAttribute("title"), "verdigris raise 2 --level quorum");
      assert.match(await rung("Executed"), /This model can’t reach it/);
      await keepScreenshot(page, "token-raisable");
    },
  );
  there.stack.tokens[0].assurance = 2;
});

test("an answer that is being raised says to what, and until when that can be challenged", async () => {
  there.stack.tokens[0].assurance = 0;
  const raising = (told) => {
    const proposal = proposalFor(told);
    return { held: 0, proposal, request: { ...told.request, level: 2, deadline: proposal.finalAfter } };
  };
  await with2(raising, async (page) => {
    const { level } = await verdict(page, "verified");
    assert.equal(level.raising, "Optimistic");
    await page.waitForSelector(".window:not([hidden])");
    assert.match(await textOf(page, ".assurance .lead"), /Somebody pays for raising it to Optimistic/);
    assert.equal(await page.locator(".ladder .command").count(), 0);
    await keepScreenshot(page, "token-raising");
  });
  there.stack.tokens[0].assurance = 2;
});

test("a model that isn't certified on chain is no reproach to its picture", async () => {
  await with2(
    () => ({ certified: false }),
    async (page) => {
      const found = await verdict(page, "verified");
      for (const id of ["chainPixel", "chainThumbnail", "tokenImage"]) {
        assert.equal(found.checks[id].status, "unknown");
        assert.match(found.checks[id].says, /isn’t certified on chain/);
      }
      assert.match(await textOf(page, ".smalls"), /isn’t certified on chain/);
      await keepScreenshot(page, "token-uncertified");
    },
  );
});

test("a request that ran out, and an answer that was not delivered, are told apart", async () => {
  const stuck = (status) => (told) => ({ token: { ...told.token, stage: 1 }, status, held: undefined });
  await with2(stuck(Status.Expired), async (page) => {
    await stageIs(page, "drawn");
    assert.match(await textOf(page, ".summary"), /Its request has expired[\s\S]*The seed stays/);
  });
  await with2(stuck(Status.Answered), async (page) => {
    await stageIs(page, "drawn");
    assert.match(await textOf(page, ".summary"), /Answered, but not delivered/);
  });
});

for (const [name, options] of Object.entries({
  wide: { viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  narrow: { viewport: { width: 320, height: 640 }, deviceScaleFactor: 2, isMobile: true },
})) {
  test(`nothing sticks out sideways while an answer is bonded (${name})`, async () => {
    const look = async (page) => {
      await stageIs(page, "bonded");
      await holds(page, "tokenImage");
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= window, `${content} > ${window}`);
      await keepScreenshot(page, `token-bonded-${name}`);
    };
    await with2(bonded, look, options);
  });
}

test("an empty collection says so, and shows the first piece as soon as it is minted", async () => {
  const all = there.stack.tokens.splice(0);
  const page = await open(there.browser, there.stack.page);
  assert.match(await textOf(page, ".gallery"), /Nothing has been minted yet/);
  await keepScreenshot(page, "collection-empty");
  there.stack.tokens.push(all[0]);
  await page.waitForSelector(".wall canvas");
  there.stack.tokens.push(...all.slice(1));
  await page.waitForFunction(() => document.querySelectorAll(".wall li").length === 7);
  assert.match(await textOf(page, ".wall li:first-child"), /No\. 7/);
  await page.context().close();
});

test("an RPC endpoint of another chain is named", async () => {
  const page = await open(there.browser, `${there.stack.page}?token=1`, {
    prepare: (page) =>
      page.route("**/config.json", (route) => route.fulfill({ json: { ...there.stack.config, chainId: 1 } })),
  });
  assert.match(await textOf(page, "#trouble"), /speaks for chain 31337, but this collection lives on chain 1/);
  await page.context().close();
});
