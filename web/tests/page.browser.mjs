// The page in a real browser: it draws, every check holds, and what is tampered with on the way is found and said.
//
// VERDIGRIS_PAGE and VERDIGRIS_TOKEN name a running stack's page and a fulfilled token; without them the page runs
// against a mock of chain and gateway. VERDIGRIS_SCREENSHOTS names a folder to keep screenshots in.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encodeFunctionResult, parseAbi, toFunctionSelector } from "viem";
import { keepScreenshot, launch, open, settled, textOf, verdict } from "./browser.mjs";
import "./typescript.mjs";

const { seedArtAbi } = await import("../sdk/src/generated/abi.ts");
const { LEVELS } = await import("../sdk/src/inference/level.ts");

let browser;
let stack;
let base;
let address;
let config;

before(async () => {
  browser = await launch();
  stack = process.env.VERDIGRIS_PAGE ? undefined : await (await import("./mock-collection.mjs")).startMockCollection();
  base = process.env.VERDIGRIS_PAGE ?? stack.page;
  address = new URL(`?token=${process.env.VERDIGRIS_TOKEN ?? 2}`, base).href;
  config = await (await fetch(new URL("config.json", base))).json();
});

after(async () => {
  await browser?.close();
  stack?.close();
});

const DRAWING = ["pixel", "rows"].map((name) => toFunctionSelector(seedArtAbi.find((item) => item.name === name)));

const failing = ({ checks }) => Object.keys(checks).filter((id) => checks[id].status === "fails");
const isGateway = (url) => url.href.startsWith(config.gateway) && url.pathname.includes("/ipfs/");
const isRpc = (url) => url.href.replace(/\/$/, "") === config.rpcUrl.replace(/\/$/, "");

/** Lets `change(body)` alter what the gateway sends, or leave it by giving nothing back. */
function tamperWithFiles(change) {
  return (page) =>
    page.route(isGateway, async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      return route.fulfill({ response, body: change(body) ?? body });
    });
}

/** Lets `change(result)` alter what the chain's endpoint answers to calls of one function of the collection. */
function tamperWithCalls(functionName, change) {
  const selector = toFunctionSelector(seedArtAbi.find(({ name }) => name === functionName) ?? functionName);
  return (page) =>
    page.route(isRpc, async (route) => {
      const response = await route.fetch();
      const [call] = route.request().postDataJSON().params ?? [];
      if (!call?.data?.startsWith(selector)) return route.fulfill({ response });
      const body = await response.json();
      return route.fulfill({ response, json: { ...body, result: change(body.result) } });
    });
}

/** Flips one bit of the byte at `at`. */
const flipAt = (at) => (result) => {
  const bytes = Buffer.from(result.slice(2), "hex");
  bytes[at] ^= 1;
  return `0x${bytes.toString("hex")}`;
};

const isPng = (body) => body.readUInt32BE(0) === 0x89504e47;

test("the picture is drawn, every check holds, and the browser has nothing to complain of", async () => {
  const page = await open(browser, address);
  const found = await verdict(page, "verified");
  assert.equal(found.stage, "fulfilled");
  assert.equal(Object.keys(found.checks).length, 14);
  for (const [id, { status, says }] of Object.entries(found.checks)) assert.equal(status, "holds", `${id}: ${says}`);
  assert.ok(LEVELS.indexOf(found.level.held) >= LEVELS.indexOf(found.level.asked), JSON.stringify(found.level));
  assert.equal(found.level.status, "Answered");
  assert.match(found.pixelRoot.chain, /^0x[0-9a-f]{64}$/);
  assert.equal(found.pixelRoot.redrawn, found.pixelRoot.chain);
  assert.ok(found.drawMs > 0);
  assert.match(await textOf(page, ".summary"), /Verified/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("nothing leaves the page but to its own server, the chain’s endpoint and the gateway", async () => {
  const asked = new Set();
  const prepare = (page) => page.on("request", (request) => asked.add(new URL(request.url()).origin));
  const page = await open(browser, address, { prepare });
  await verdict(page, "verified");
  const allowed = [base, config.rpcUrl, config.gateway].map((url) => new URL(url).origin);
  for (const origin of asked) assert.ok(origin === "null" || allowed.includes(origin), origin); // null: data and blob
  const tell = (url) =>
    page.evaluate(async (url) => {
      const blocked = new Promise((resolve) =>
        document.addEventListener("securitypolicyviolation", () => resolve(true)),
      );
      await fetch(url, { mode: "no-cors" }).catch(() => {});
      return Promise.race([blocked, new Promise((resolve) => setTimeout(() => resolve(false), 300))]);
    }, url);
  assert.equal(await tell("http://127.0.0.1:9/steal"), true);
  assert.equal(await tell("https://example.org/steal"), true);
  assert.equal(await tell(config.rpcUrl), false);
  await page.context().close();
});

test("nobody else's page can show this one in a frame, and have clicks on it", async () => {
  const page = await browser.newPage();
  await page.setContent("<iframe></iframe>");
  const refused = page.waitForEvent("console", (message) => message.text().includes("frame-ancestors"));
  await page.$eval("iframe", (frame, address) => frame.setAttribute("src", address), address);
  await refused;
  await page.close();
});

test("the workers that draw can ask nobody, not even whom the page asks", async () => {
  const page = await open(browser, address);
  await verdict(page, "verified");
  const ask = async (url) => {
    const answered = (response) => response.type;
    return fetch(url, { mode: "no-cors" }).then(answered, (error) => error.name);
  };
  assert.equal(await page.evaluate(ask, config.rpcUrl), "opaque");
  assert.equal(await page.workers()[0].evaluate(ask, config.rpcUrl), "TypeError");
  await page.context().close();
});

test("what is drawn at the attested size is the pinned picture, pixel by pixel", async () => {
  const page = await open(browser, address, { viewport: { width: 320, height: 640 } });
  const { size } = await verdict(page, "verified");
  const [drawn, pinned] = await page.evaluate(async () => {
    const colours = (image, width) => {
      const canvas = new OffscreenCanvas(width, width);
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return [...new Uint32Array(context.getImageData(0, 0, width, width).data.buffer)];
    };
    const canvas = document.querySelector(".picture canvas");
    const image = document.querySelector(".pinned img");
    await image.decode();
    return [colours(canvas, canvas.width), colours(image, image.naturalWidth)];
  });
  assert.equal(drawn.length, size * size);
  assert.ok(new Set(drawn).size > 16, "the picture is not one flat colour");
  assert.ok(drawn.every((colour, at) => colour === pinned[at]));
  await page.context().close();
});

test("on a screen with fewer pixels a smooth picture of the attested size lies over the attested one", async () => {
  const page = await open(browser, address, { viewport: { width: 240, height: 640 } });
  const { size } = await verdict(page, "verified");
  await page.waitForFunction(() => window.verdigris.shownSize !== undefined);
  const [attested, smooth] = await page.locator(".picture canvas").evaluateAll((canvases) =>
    canvases.map((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.width);
      return [...new Uint32Array(data.buffer)];
    }),
  );
  assert.equal(await page.evaluate(() => window.verdigris.shownSize), size);
  assert.equal(smooth.length, attested.length);
  assert.ok(smooth.some((colour, at) => colour !== attested[at]));
  await page.context().close();
});

test("on a screen with more pixels the picture is drawn finer, not stretched", async () => {
  const page = await open(browser, address, { deviceScaleFactor: 2 });
  await verdict(page, "verified");
  await page.waitForFunction(() => window.verdigris.shownSize > window.verdigris.size);
  const [shown, wide] = await page.evaluate(() => {
    const canvas = [...document.querySelectorAll(".picture canvas")].at(-1);
    return [canvas.width, Math.round(canvas.getBoundingClientRect().width * devicePixelRatio)];
  });
  assert.equal(shown, wide);

  // Pictures that a change of the window makes out of date are cancelled; the last one stands.
  for (const width of [1200, 1000, 1100]) await page.setViewportSize({ width, height: 900 });
  await page.waitForFunction((before) => window.verdigris.shownSize < before, shown);
  await page.waitForFunction(() => {
    const { width } = document.querySelector(".picture .frame").getBoundingClientRect();
    return window.verdigris.shownSize === Math.round(width * devicePixelRatio);
  });
  assert.equal(await page.locator(".picture canvas").count(), 2);
  await page.context().close();
});

const looks = {
  "wide-light": { viewport: { width: 1440, height: 900 }, colorScheme: "light" },
  "wide-dark": { viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  "narrow-light": { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, colorScheme: "light" },
  "narrow-dark": { viewport: { width: 320, height: 640 }, deviceScaleFactor: 2, isMobile: true, colorScheme: "dark" },
};
for (const [name, options] of Object.entries(looks)) {
  test(`nothing sticks out sideways (${name})`, async () => {
    const page = await open(browser, address, options);
    await verdict(page, "verified");
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= window, `${content} > ${window}`);
    await page.waitForTimeout(500); // for the finer picture
    await keepScreenshot(page, `token-${name}`);
    await page.context().close();
  });
}

test("a gateway that flips one bit of the picture is found out, and the page says so", async () => {
  const flip = (body) => {
    if (!isPng(body)) return undefined;
    body[body.length >> 1] ^= 1;
    return body;
  };
  const page = await open(browser, address, { prepare: tamperWithFiles(flip) });
  const found = await verdict(page, "failed");
  await settled(page);
  assert.ok(failing(found).every((id) => ["imageCid", "pixels"].includes(id)));
  assert.match(await textOf(page, "#check-imageCid"), /Fails[\s\S]*another content address[\s\S]*Expected[\s\S]*Got/);
  assert.match(await textOf(page, ".summary"), /Not what it claims to be/);
  await keepScreenshot(page, "tampered-picture");
  await page.context().close();
});

test("a gateway that adds one space to the metadata is found out", async () => {
  const page = await open(browser, address, {
    prepare: tamperWithFiles((body) => (isPng(body) ? undefined : Buffer.concat([body, Buffer.from(" ")]))),
  });
  await verdict(page, "failed");
  assert.deepEqual(failing(await settled(page)), ["metadata"]);
  assert.match(await textOf(page, "#check-metadata"), /doesn’t hash to what the receipt says/);
  await page.context().close();
});

test("a chain endpoint that makes up another pixel root is found out", async () => {
  const honest = await open(browser, address);
  const { pixelRoot } = await verdict(honest, "verified");
  await honest.context().close();
  const page = await open(browser, address, {
    prepare: (page) =>
      page.route(isRpc, async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replaceAll(pixelRoot.chain.slice(2), "5".repeat(64));
        return route.fulfill({ response, body });
      }),
  });
  await verdict(page, "failed");
  const found = await settled(page);
  assert.deepEqual(failing(found).sort(), ["facts", "output", "pixelRoot"]);
  assert.equal(found.checks.pixelRoot.expected, `0x${"5".repeat(64)}`);
  assert.equal(found.checks.pixelRoot.got, pixelRoot.chain);
  await page.context().close();
});

// Two words say where the bytes are and how many, then come the rows.
for (const [id, functionName, change] of [
  ["chainPixel", "pixel", flipAt(1)],
  ["chainThumbnail", "rows", flipAt(64 + 100)],
]) {
  test(`a chain endpoint that changes one bit of what the contract draws (${functionName}) is found out`, async () => {
    const page = await open(browser, address, { prepare: tamperWithCalls(functionName, change) });
    await verdict(page, "failed");
    const found = await settled(page);
    assert.deepEqual(failing(found), [id]);
    assert.match(found.checks[id].expected, /^#[0-9a-f]{6}$/);
    assert.match(await textOf(page, ".summary"), /Not what it claims to be/);
    await page.context().close();
  });
}

test("a chain endpoint that gives the token another image is found out", async () => {
  const abi = parseAbi(["function tokenURI(uint256) view returns (string)"]);
  const change = () => {
    const image = `data:image/svg+xml;base64,${Buffer.from("<svg/>").toString("base64")}`;
    const result = `data:application/json,${JSON.stringify({ image })}`;
    return encodeFunctionResult({ abi, functionName: "tokenURI", result });
  };
  const page = await open(browser, address, { prepare: tamperWithCalls("tokenURI(uint256)", change) });
  await verdict(page, "failed");
  const found = await settled(page);
  assert.deepEqual(failing(found), ["tokenImage"]);
  assert.match(found.checks.tokenImage.says, /isn’t a PNG that it carries itself/);
  await page.context().close();
});

test("a node that gives a call too little gas to draw in convicts nobody, and is named", async () => {
  const prepare = (page) =>
    page.route(isRpc, async (route) => {
      const { id, params } = route.request().postDataJSON();
      const isDrawing = DRAWING.some((selector) => params?.[0]?.data?.startsWith(selector));
      if (!isDrawing) return route.fallback();
      return route.fulfill({ json: { jsonrpc: "2.0", id, error: { code: -32000, message: "out of gas" } } });
    });
  const page = await open(browser, address, { prepare });
  const found = await verdict(page, "verified");
  for (const id of ["chainPixel", "chainThumbnail", "tokenImage"]) {
    assert.equal(found.checks[id].status, "unknown");
    assert.match(found.checks[id].says, /doesn’t give a call enough gas/);
  }
  assert.match(await textOf(page, ".summary"), /11 checks hold; 3 more can’t be made/);
  await page.context().close();
});

test("the contract's own drawing stands beside the picture, as the token carries it, and is the same", async () => {
  const page = await open(browser, address);
  await verdict(page, "verified");
  const image = page.getByRole("img", { name: /drawn by the contract/ });
  await image.and(page.locator("img")).waitFor();
  const [width, rendering] = await image.evaluate((img) => [img.naturalWidth, getComputedStyle(img).imageRendering]);
  assert.equal(width, 32);
  assert.equal(rendering, "pixelated");
  assert.match(await textOf(page, ".smalls"), /Drawn inside the Ethereum virtual machine/);
  await page.context().close();
});

test("the label says which level the answer holds, and the ladder how it can be raised", async () => {
  const page = await open(browser, address);
  const { level } = await verdict(page, "verified");
  assert.match(await textOf(page, ".level"), new RegExp(`Assurance${level.held}\\. Right`));
  await page.waitForFunction(() => Object.keys(window.verdigris.level.reach).length > 0);
  assert.equal(await page.locator(".ladder li").count(), LEVELS.length);
  assert.equal(await page.locator('.ladder [data-state="held"]').getAttribute("data-level"), level.held);
  await page.locator(".level a").click();
  await page.waitForURL(/#assurance$/);
  await page.context().close();
});

test("while the chain doesn't answer the page says so, and goes on by itself when it is back", async () => {
  const page = await open(browser, address, { prepare: (page) => page.route(isRpc, (route) => route.abort()) });
  assert.match(await textOf(page, "#trouble"), /The chain’s RPC endpoint at .* doesn’t answer/);
  assert.equal(await page.getByRole("alert").count(), 1);
  await page.waitForTimeout(800); // the page waits a moment before it speaks
  await keepScreenshot(page, "chain-down");
  await page.unroute(isRpc);
  await verdict(page, "verified");
  assert.equal(await page.locator("#trouble").count(), 0);
  await page.context().close();
});

test("while the gateway doesn't answer nobody is convicted, and the page goes on when it is back", async () => {
  const page = await open(browser, address, { prepare: (page) => page.route(isGateway, (route) => route.abort()) });
  const found = await settled(page);
  assert.equal(found.verdict, "pending");
  assert.equal(found.checks.pixelRoot.status, "holds");
  assert.match(await textOf(page, "#check-imageCid"), /The IPFS gateway at .* doesn’t answer/);
  await page.unroute(isGateway);
  await verdict(page, "verified");
  await page.waitForSelector(".pinned img");
  await page.context().close();
});

test("a token that doesn't exist gets a friendly word", async () => {
  for (const token of ["0", "123456"]) {
    const page = await open(browser, new URL(`?token=${token}`, base).href);
    assert.equal(await textOf(page, ".notice:not(.brief) h1"), `There is no token no. ${token}`);
    await page.context().close();
  }
  const page = await open(browser, new URL("?token=seven", base).href);
  assert.equal(await textOf(page, "h1"), "That is no token’s number");
  await page.context().close();
});

test("without config.json the page says what is missing", async () => {
  const prepare = (page) => page.route("**/config.json", (route) => route.fulfill({ status: 404 }));
  const page = await open(browser, address, { prepare });
  assert.match(await textOf(page, ".notice"), /config\.json is missing[\s\S]*cargo xtask up/);
  await page.context().close();
});

test("the collection shows a drawn picture for each token, and leads to it", async () => {
  const page = await open(browser, base);
  await page.waitForSelector(".wall canvas");
  await page.waitForFunction(() => {
    const isDrawn = (canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.every((value, at) => at % 4 < 3 || value === 255);
    };
    return [...document.querySelectorAll(".wall canvas")].every(isDrawn);
  });
  await keepScreenshot(page, "collection");
  await page.getByRole("link", { name: "No. 1", exact: true }).click();
  await page.waitForURL(/\?token=1$/);
  await page.context().close();
});

test("the page can be used by keyboard alone, and has landmarks and one main heading", async () => {
  const page = await open(browser, address);
  await verdict(page, "verified");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the picture");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.getByLabel("No.", { exact: true }).fill("1");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\?token=1$/);
  await page.waitForSelector(".token");
  for (const role of ["banner", "navigation", "main", "contentinfo", "status"]) {
    assert.equal(await page.getByRole(role).count(), 1, role);
  }
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
  assert.ok(await page.getByRole("img", { name: /^Abstract picture: palette / }).count());
  await page.context().close();
});
