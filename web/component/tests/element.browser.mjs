// <verdigris-art> in a real browser: what it draws is the renderer's picture, its verdict follows from what the chain
// says, and what is wrong is said.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "../../tests/browser.mjs";
import { ART, CHAIN_ID } from "../../tests/mock-token.mjs";
import { paint } from "../../tests/renderer.mjs";
import { startGallery, TOKENS } from "./gallery.mjs";
import { look, told, visit } from "./pages.mjs";

let browser;
let gallery;

before(async () => {
  [browser, gallery] = await Promise.all([launch(), startGallery()]);
});

after(async () => {
  await browser?.close();
  gallery?.close();
});

/** A token's smooth picture as this process draws it, base64. */
const picture = ({ blueprint }, size) => Buffer.from(paint({ ...blueprint, size, smooth: true })).toString("base64");
const token = (name) => gallery.tokens[TOKENS[name] - 1];
const statuses = ({ checks }) => Object.fromEntries(checks.map(({ id, status }) => [id, status]));
const HOLDS = { chain: "holds", model: "holds", pixelRoot: "holds", level: "holds" };

test("under a strict policy a token is drawn and verified, and the browser has nothing to complain of", async () => {
  const page = await visit(browser, gallery, gallery.tag("honest"));
  const found = await told(page, "honest");
  assert.equal(found.verdict, "verified");
  assert.deepEqual(statuses(found), HOLDS);
  for (const { says } of found.checks) assert.match(says, /^[A-Z].*\.$/);
  assert.equal(found.tokenId, 1n);
  assert.equal(found.contract, ART.toLowerCase());
  assert.equal(found.epoch, 0);
  assert.equal(found.level, "Optimistic");
  assert.equal(found.pixelRoot, token("honest").token.pixelRoot);
  const seen = await look(page, "honest");
  assert.deepEqual([seen.verdict, seen.attribute, seen.message], ["verified", "verified", ""]);
  assert.match(
    seen.label,
    /^No\. 1, an abstract picture: palette .*, epoch 0\. .*the same as the picture attested on chain\.$/,
  );
  assert.equal(seen.box[0], seen.box[1]);
  assert.equal(seen.size, seen.box[0]);
  assert.equal(seen.pixels, picture(token("honest"), seen.size));
  assert.equal(await page.evaluate(() => heard.length), 1);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

const LIES = {
  forged: ["the chain has another pixel root", { ...HOLDS, pixelRoot: "fails" }],
  refuted: ["the answer was refuted", { ...HOLDS, level: "fails" }],
  swapped: ["the network isn't the one that the collection names", { ...HOLDS, model: "fails" }],
};
for (const [name, [lie, expected]] of Object.entries(LIES)) {
  test(`it fails if ${lie}`, async () => {
    const page = await visit(browser, gallery, gallery.tag(name));
    const found = await told(page, name);
    assert.equal(found.verdict, "failed");
    assert.deepEqual(statuses(found), expected);
    const seen = await look(page, name);
    assert.equal(seen.attribute, "failed");
    assert.match(seen.label, /not as the chain tells/);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

const WAITING = {
  minted: [{ ...HOLDS, pixelRoot: "pending", level: "pending" }, /seed isn’t drawn yet/],
  drawn: [{ ...HOLDS, pixelRoot: "pending", level: "pending" }, /waits for an answer/],
  bonded: [{ ...HOLDS, pixelRoot: "pending", level: "pending" }, /can be challenged|waits for an answer/],
};
for (const [name, [expected, says]] of Object.entries(WAITING)) {
  test(`a token that is only ${name} is pending, and nobody is convicted`, async () => {
    const page = await visit(browser, gallery, gallery.tag(name));
    const found = await told(page, name);
    assert.equal(found.verdict, "pending");
    assert.deepEqual(statuses(found), expected);
    assert.match(found.checks.map((check) => check.says).join(" "), says);
    const seen = await look(page, name);
    assert.equal(seen.isEmpty, name === "minted");
    assert.match(seen.message, name === "minted" ? /seed isn’t drawn yet/ : /^$/);
    assert.equal(found.level, undefined);
    await page.context().close();
  });
}

test("when an answer comes the verdict changes, and that is told", async () => {
  const page = await visit(browser, gallery, gallery.tag("fresh"), {
    prepare: () => Object.assign(token("fresh").token, { stage: 1 }),
  });
  assert.equal((await told(page, "fresh")).verdict, "pending");
  Object.assign(token("fresh").token, { stage: 2 });
  await page.waitForSelector('#fresh[data-verdict="verified"]');
  assert.deepEqual(await page.evaluate(() => heard.map(({ verdict }) => verdict)), ["pending", "verified"]);
  await page.context().close();
});

test("a past epoch is drawn as it was, and compared with what was answered then", async () => {
  const body = [0, 1, 2].map((epoch) => gallery.tag("evolved", { epoch, id: `epoch-${epoch}`, size: 64 })).join("");
  const page = await visit(browser, gallery, body + gallery.tag("evolved", { size: 64 }));
  for (const [id, epoch, verdict] of [
    ["epoch-0", 0, "verified"],
    ["epoch-1", 1, "failed"],
    ["epoch-2", 2, "verified"],
    ["evolved", 2, "verified"],
  ]) {
    const found = await told(page, id);
    assert.deepEqual([found.epoch, found.verdict], [epoch, verdict], id);
    const then = [...token("evolved").past, token("evolved")][epoch];
    const seen = await look(page, id);
    assert.equal(seen.pixels, picture(then, 64));
    assert.match(seen.label, new RegExp(`epoch ${epoch}\\.`));
  }
  await page.context().close();
});

test("a node that refuses to look for past events leaves a past epoch unknown", async () => {
  const refuse = async (route) => {
    const { id, method } = route.request().postDataJSON();
    if (method !== "eth_getLogs") return route.fallback();
    return route.fulfill({ json: { jsonrpc: "2.0", id, error: { code: -32000, message: "block range too wide" } } });
  };
  const page = await visit(browser, gallery, gallery.tag("evolved", { epoch: 0 }), {
    prepare: (page) => page.route(gallery.rpc, refuse),
  });
  const found = await told(page, "evolved");
  assert.equal(found.verdict, "pending");
  assert.deepEqual(statuses(found), { ...HOLDS, pixelRoot: "unknown" });
  assert.match(found.checks.find(({ id }) => id === "pixelRoot").says, /block range too wide/);
  await page.context().close();
});

test("a node that gives events for few blocks at a time is asked page by page", async () => {
  const ranges = [];
  const limit = async (route) => {
    const { id, method, params } = route.request().postDataJSON();
    if (method !== "eth_getLogs") return route.fallback();
    const [{ fromBlock, toBlock }] = params;
    ranges.push([fromBlock, toBlock]);
    if (toBlock !== "latest") return route.fallback();
    return route.fulfill({ json: { jsonrpc: "2.0", id, error: { code: -32602, message: "block range too wide" } } });
  };
  const page = await visit(browser, gallery, gallery.tag("evolved", { epoch: 0 }), {
    prepare: (page) => page.route(gallery.rpc, limit),
  });
  assert.equal((await told(page, "evolved")).verdict, "verified");
  assert.deepEqual(
    ranges.map(([, to]) => to === "latest"),
    [true, false],
  );
  await page.context().close();
});

const MISTAKES = {
  "an attribute is missing": [{ rpc: undefined }, /needs the attribute rpc/],
  "the contract is no address": [{ contract: "0x123" }, /contract must be an address/],
  "the number is none": [{ "token-id": "seven" }, /token-id must be a whole number/],
  "the size is too large": [{ size: 4096 }, /size must be a whole number from 1 to 2048/],
  "the epoch is too large": [{ epoch: 65536 }, /epoch must be a whole number from 0 to 65535/],
  "the node is of another chain": [{ chain: 1 }, new RegExp(`is of chain ${CHAIN_ID}, not of chain 1\\.`)],
  "there is no such token": [{ "token-id": 123456 }, /knows no token no\. 123456/],
  "the token hasn't come to that epoch": [{ epoch: 5 }, /has come to epoch 0, not yet to epoch 5/],
};
for (const [mistake, [change, says]] of Object.entries(MISTAKES)) {
  test(`if ${mistake} an error says so, on the page too, and there is no verdict`, async () => {
    const page = await visit(browser, gallery, gallery.tag("honest", change));
    const { error } = await told(page, "honest", "error");
    assert.match(error, says);
    const seen = await look(page, "honest");
    assert.equal(seen.message, error);
    assert.deepEqual([seen.isEmpty, seen.verdict, seen.attribute], [true, "pending", "pending"]);
    assert.equal(await page.evaluate(() => heard.filter((word) => "verdict" in word).length), 0);
    assert.deepEqual(page.complaints, []); // nothing was thrown out of a callback
    await page.context().close();
  });
}

const BENT = {
  "no contract is there": [() => "0x", /There is no contract at 0x/],
  "an answer is cut short": [(result) => result.slice(0, -64), /says of “\w+” is malformed: .*“\w+”/],
  "an answer is none": [() => "<html>", /malformed: Hexadecimal digits must begin with 0x/],
  "the network is bent": [(result) => result.replace("5644474e", "5644474f"), /not a network|magic|VDGN/i],
};
for (const [what, [bend, says]] of Object.entries(BENT)) {
  test(`if ${what} an error says so`, async () => {
    const alter = async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      const isCall = route.request().postDataJSON().method === "eth_call";
      return route.fulfill({ response, json: isCall ? { ...answer, result: bend(answer.result) } : answer });
    };
    const page = await visit(browser, gallery, gallery.tag("honest"), {
      prepare: (page) => page.route(gallery.rpc, alter),
    });
    const { error } = await told(page, "honest", "error");
    assert.match(error, says);
    const seen = await look(page, "honest");
    assert.deepEqual([seen.message, seen.isEmpty, seen.verdict], [error, true, "pending"]);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test("a network so large that it would hold the page up isn't drawn", async () => {
  const slow = () => {
    let now = 0;
    performance.now = () => {
      now += 10; // what is timed takes so long
      return now;
    };
  };
  const page = await visit(browser, gallery, gallery.tag("honest"), { prepare: (page) => page.addInitScript(slow) });
  assert.match(
    (await told(page, "honest", "error")).error,
    /^The network is too large to be drawn here: \d+ ms for a row/,
  );
  assert.ok((await look(page, "honest")).isEmpty);
  await page.context().close();
});

test("a node that isn't there is said to be, and shown from once it is back", async () => {
  const abort = (route) => route.abort();
  const page = await visit(browser, gallery, gallery.tag("honest"), {
    prepare: (page) => page.route(gallery.rpc, abort),
  });
  assert.match(
    (await told(page, "honest", "error")).error,
    /^The chain’s RPC endpoint at 127\.0\.0\.1:\d+ doesn’t answer\./,
  );
  await page.unroute(gallery.rpc);
  assert.equal((await told(page, "honest")).verdict, "verified");
  assert.equal((await look(page, "honest")).message, "");
  await page.context().close();
});

test("a token that changes between two questions convicts nobody", async () => {
  let answers = 0;
  const stale = async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    const root = token("honest").token.pixelRoot.slice(2);
    if (!text.includes(root) || answers++ > 0) return route.fulfill({ response, body: text });
    return route.fulfill({ response, body: text.replace(root, "5".repeat(64)) });
  };
  const page = await visit(browser, gallery, gallery.tag("honest"), {
    prepare: (page) => page.route(gallery.rpc, stale),
  });
  await told(page, "honest");
  assert.deepEqual(await page.evaluate(() => heard.map(({ verdict }) => verdict)), ["verified"]);
  assert.ok(answers > 1);
  await page.context().close();
});

test("an attribute that changes ends what was under way, and what is shown is what it says now", async () => {
  const page = await visit(browser, gallery, gallery.tag("forged"));
  await page.locator("#forged").evaluate((element) => {
    for (const number of ["5", "3", "4", "1"]) element.tokenId = number;
  });
  assert.equal((await told(page, "forged")).tokenId, 1n);
  const between = await page.locator("#forged").evaluate(async (element) => {
    element.setAttribute("token-id", "2");
    await Promise.resolve();
    const isEmpty = element.shadowRoot.querySelector("canvas").hasAttribute("data-empty");
    return [element.verdict, element.dataset.verdict, isEmpty];
  });
  assert.deepEqual(between, ["pending", "pending", true]);
  await page.waitForSelector('#forged[data-verdict="failed"]');
  const seen = await look(page, "forged");
  assert.equal(seen.pixels, picture(token("forged"), seen.size));
  const verdicts = await page.evaluate(() => heard.map(({ tokenId, verdict }) => `${tokenId} ${verdict}`));
  assert.deepEqual(verdicts, ["1 verified", "2 failed"]);
  await page.context().close();
});
