// <verdigris-art> as part of a page: many of them, of any size, in sight or not, moved, taken away, registered twice,
// bundled; and pages that don't let it work.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { keepScreenshot, launch, open } from "../../tests/browser.mjs";
import { paint } from "../../tests/renderer.mjs";
import { startGallery, TOKENS } from "./gallery.mjs";
import { look, policyOf, told, visit } from "./pages.mjs";

const PACKAGE = fileURLToPath(new URL("../dist/verdigris-art.js", import.meta.url));

let browser;
let gallery;

before(async () => {
  [browser, gallery] = await Promise.all([launch(), startGallery()]);
});

after(async () => {
  await browser?.close();
  gallery?.close();
});

const picture = ({ blueprint }, size) => Buffer.from(paint({ ...blueprint, size, smooth: true })).toString("base64");
const token = (name) => gallery.tokens[TOKENS[name] - 1];

/** For `prepare`: keeps what the page asks of the node, and which files it loads. */
function listening(page) {
  page.asked = [];
  page.loaded = [];
  page.on("request", (request) => {
    if (request.url().startsWith(gallery.rpc)) page.asked.push(request.postDataJSON()?.method);
    else page.loaded.push(new URL(request.url()).pathname);
  });
}

test("several on a page share the renderer and the node's client, and each is right", async () => {
  const names = ["honest", "forged", "evolved", "swapped", "refuted"];
  const page = await visit(browser, gallery, names.map((name) => gallery.tag(name, { size: 100 })).join(""), {
    prepare: listening,
  });
  for (const name of names) {
    const { verdict } = await told(page, name);
    assert.equal(verdict, ["honest", "evolved"].includes(name) ? "verified" : "failed", name);
    assert.equal((await look(page, name)).pixels, picture(token(name), 100), name);
  }
  assert.equal(page.loaded.filter((path) => path.endsWith(".wasm")).length, 1);
  assert.equal(page.asked.filter((method) => method === "eth_chainId").length, 1);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("nothing is asked for an element that isn't in sight, until it is", async () => {
  const far = `<div style="height: 5000px"></div>${gallery.tag("honest")}`;
  const page = await visit(browser, gallery, far, {
    prepare: listening,
    page: { policy: `${policyOf(gallery.rpc)}; style-src-attr 'unsafe-inline'` },
  });
  await page.waitForFunction(() => document.querySelector("verdigris-art").shadowRoot);
  await page.waitForTimeout(300);
  assert.deepEqual(page.asked, []);
  await page.locator("#honest").scrollIntoViewIfNeeded();
  assert.equal((await told(page, "honest")).verdict, "verified");
  await page.context().close();
});

test("an element that is taken away tells nothing more; put back, it goes on", async () => {
  const answers = [];
  const hold = (route) => new Promise((go) => answers.push(go)).then(() => route.fallback());
  const page = await visit(browser, gallery, `<main>${gallery.tag("honest")}</main>`, {
    prepare: (page) => page.route(gallery.rpc, hold),
  });
  const asked = () => new Promise((resolve) => setTimeout(resolve, 10));
  while (answers.length === 0) await asked();
  await page.evaluate(() => {
    window.taken = document.querySelector("verdigris-art");
    window.taken.remove();
  });
  await page.unroute(gallery.rpc);
  for (const answer of answers) answer();
  await page.waitForTimeout(600);
  assert.deepEqual(await page.evaluate(() => heard), []);
  await page.evaluate(() => document.querySelector("main").append(window.taken));
  assert.equal((await told(page, "honest")).verdict, "verified");
  await page.evaluate(() => document.body.append(window.taken)); // moved: what is known of it stays
  const seen = await look(page, "honest");
  assert.deepEqual([seen.verdict, seen.isEmpty], ["verified", false]);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a size is the drawing's in pixels and the element's on the page", async () => {
  const page = await visit(browser, gallery, gallery.tag("honest", { size: 123 }), { deviceScaleFactor: 2 });
  await told(page, "honest");
  let seen = await look(page, "honest");
  assert.deepEqual([seen.size, ...seen.box], [123, 123, 123]);
  assert.equal(seen.pixels, picture(token("honest"), 123));
  await page.locator("#honest").evaluate((element) => {
    element.size = 77;
  });
  await page.waitForFunction(() => document.querySelector("#honest").shadowRoot.querySelector("canvas").width === 77);
  seen = await look(page, "honest");
  assert.deepEqual([seen.box[0], seen.verdict], [77, "verified"]); // the verdict is on the token, not on its size
  assert.equal(seen.pixels, picture(token("honest"), 77));
  await page.context().close();
});

test("without a size it is drawn as fine as the screen, and anew when the screen is another", async () => {
  const page = await visit(browser, gallery, gallery.tag("honest"), { deviceScaleFactor: 2 });
  await told(page, "honest");
  for (const width of [600, 500, 300]) {
    await page.setViewportSize({ width, height: 600 });
    await page.waitForFunction(() => {
      const element = document.querySelector("#honest");
      const wide = Math.round(element.getBoundingClientRect().width * devicePixelRatio);
      return element.shadowRoot.querySelector("canvas").width === wide;
    });
    const seen = await look(page, "honest");
    assert.equal(seen.size, 2 * seen.box[0]);
    assert.equal(seen.pixels, picture(token("honest"), seen.size));
  }
  await page.context().close();
});

test("while a large picture is drawn the page does what it has to do in between", async () => {
  const page = await visit(browser, gallery, gallery.tag("honest", { size: 2048 }));
  const turns = await page.evaluate(async () => {
    const element = document.querySelector("#honest");
    const canvas = element.shadowRoot.querySelector("canvas");
    let during = 0;
    while (element.verdict === "pending") {
      await new Promise((resolve) => setTimeout(resolve));
      if (!canvas.hasAttribute("data-empty")) during += 1;
    }
    return during;
  });
  assert.ok(turns > 10, `${turns} turns`);
  assert.equal((await look(page, "honest")).size, 2048);
  await page.context().close();
});

test("what the page puts inside stands there until the picture does", async () => {
  const tag = gallery.tag("honest").replace("></", "><span id='inside'>Number one</span></");
  const page = await visit(browser, gallery, tag, { prepare: (page) => page.route(gallery.rpc, () => {}) });
  await page.waitForFunction(() => document.querySelector("#honest")?.shadowRoot);
  assert.ok(await page.locator("#inside").isVisible());
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.locator("#honest").evaluate((element) => element.parentElement.append(element));
  await told(page, "honest");
  assert.ok(!(await page.locator("#inside").isVisible()));
  await page.context().close();
});

test("properties that were set before the element was there count, and can be set to numbers", async () => {
  const page = await visit(browser, gallery, "<i id='early'></i>");
  await page.evaluate(
    ([contract, rpc]) => {
      const element = document.createElement("verdigris-other");
      Object.assign(element, { id: "other", chain: 31337, contract, tokenId: 1n, rpc, size: 50 });
      document.body.append(element);
    },
    [token("honest").request.consumer, gallery.rpc],
  );
  await page.evaluate(async () => {
    const { defineVerdigrisArt, VerdigrisArt } = await import("/dist/verdigris-art.js");
    defineVerdigrisArt("verdigris-other");
    defineVerdigrisArt("verdigris-other");
    defineVerdigrisArt();
    window.isArt = document.querySelector("#other") instanceof VerdigrisArt;
  });
  assert.equal((await told(page, "other")).verdict, "verified");
  const seen = await page
    .locator("#other")
    .evaluate((element) => [element.tokenId, element.getAttribute("size"), window.isArt]);
  assert.deepEqual(seen, ["1", "50", true]);
  await page.locator("#other").evaluate((element) => {
    element.rpc = null;
  });
  assert.match((await told(page, "other", "error")).error, /needs the attribute rpc/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a second copy of the script does no harm", async () => {
  const page = await visit(browser, gallery, gallery.tag("honest"));
  await page.evaluate(() => import("/dist/verdigris-art.js?again"));
  assert.equal((await told(page, "honest")).verdict, "verified");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a renderer that isn't this version's is not run", async () => {
  const bend = async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length - 1] ^= 1;
    return route.fulfill({ response, body });
  };
  const page = await visit(browser, gallery, gallery.tag("honest"), {
    prepare: (page) => page.route("**/*.wasm", bend),
  });
  assert.match(
    (await told(page, "honest", "error")).error,
    /^The renderer at .*verdigris-art\.wasm can’t be loaded\. Is .* of the same version/,
  );
  assert.equal((await look(page, "honest")).verdict, "pending");
  await page.context().close();
});

for (const [what, change, says] of [
  ["WebAssembly", (policy) => policy.replace(" 'wasm-unsafe-eval'", ""), /renderer doesn’t start .*'wasm-unsafe-eval'/],
  [
    "connections to the node",
    (policy) => policy.replace(/connect-src [^;]*/, "connect-src 'self'"),
    /doesn’t answer.*Content-Security-Policy/,
  ],
]) {
  test(`a page whose policy forbids ${what} is told what to allow`, async () => {
    const policy = change(policyOf(gallery.rpc));
    const page = await visit(browser, gallery, gallery.tag("honest"), { page: { policy } });
    const { error } = await told(page, "honest", "error");
    assert.match(error, says);
    assert.equal((await look(page, "honest")).message, error);
    await page.context().close();
  });
}

test("bundled into a page's own script it finds its renderer", async () => {
  const folder = mkdtempSync(join(tmpdir(), "verdigris-art-"));
  try {
    writeFileSync(join(folder, "main.js"), `import ${JSON.stringify(PACKAGE)};`);
    const options = { outDir: "dist", assetsInlineLimit: 0, rollupOptions: { input: join(folder, "main.js") } };
    await build({ root: folder, configFile: false, logLevel: "silent", base: "/", build: options });
    const assets = join(folder, "dist/assets");
    const names = readdirSync(assets);
    assert.deepEqual(names.map((name) => name.split(".").at(-1)).sort(), ["js", "wasm"]);
    const script = `/assets/${names.find((name) => name.endsWith(".js"))}`;
    const serve = (route) => {
      const name = new URL(route.request().url()).pathname.split("/").at(-1);
      const contentType = name.endsWith(".js") ? "text/javascript" : "application/wasm";
      return route.fulfill({ body: readFileSync(join(assets, name)), contentType });
    };
    const prepare = (page) => page.route("**/assets/*", serve);
    const page = await visit(browser, gallery, gallery.tag("honest"), { prepare, page: { script } });
    assert.equal((await told(page, "honest")).verdict, "verified");
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the example shows what its address says, and how it was verified", async () => {
  const query = new URLSearchParams({
    chain: 31337,
    contract: token("honest").request.consumer,
    rpc: gallery.rpc,
    "token-id": 1,
  });
  const page = await open(browser, `${gallery.origin}/examples/index.html?${query}`);
  await page.waitForSelector('verdigris-art[data-verdict="verified"]');
  assert.match(await page.locator("output").textContent(), /^verified/);
  assert.equal(await page.locator("li").count(), 4);
  assert.deepEqual(page.complaints, []);
  await keepScreenshot(page, "component-example");
  await page.goto(`${gallery.origin}/examples/index.html?${query}0`);
  await page.waitForFunction(() => document.querySelector("output").textContent.includes("knows no token no. 10"));
  await page.context().close();
});

test("on a page it looks like part of it", async () => {
  const body = `
    <h1>Four tokens</h1>
    <div id="wall">${["honest", "evolved", "minted", "forged"].map((name) => gallery.tag(name)).join("")}
    ${gallery.tag("broken", { chain: 1 })}</div>`;
  const policy = `${policyOf(gallery.rpc)}; style-src 'unsafe-inline'`;
  const page = await visit(browser, gallery, body, { viewport: { width: 900, height: 700 }, page: { policy } });
  await page.addStyleTag({
    content: `body { font: 16px/1.5 system-ui; margin: 2rem } #wall { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1.5rem }
      verdigris-art[data-verdict="failed"] { outline: 3px solid #b3261e } verdigris-art[data-verdict="verified"] { outline: 1px solid #3f8f7f }`,
  });
  for (const name of ["honest", "evolved", "minted", "forged"]) await told(page, name);
  await told(page, "broken", "error");
  const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= width);
  assert.equal(await page.getByRole("img", { name: /^No\. 1, an abstract picture: palette/ }).count(), 1);
  await page.waitForTimeout(400); // for pictures as fine as the styled page wants them
  await keepScreenshot(page, "component");
  await page.context().close();
});
