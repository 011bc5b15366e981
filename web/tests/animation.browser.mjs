// A token's own page (`animation_url`), as the contract writes it, in a marketplace's frame without network.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { bytesToHex, keccak256, pad, stringToHex } from "viem";
import { keepScreenshot, launch } from "./browser.mjs";
import { randomNetwork } from "./network.mjs";
import { paint } from "./renderer.mjs";
import { head, startTokenPages, wasm } from "./token-pages.mjs";

const blueprint = {
  stages: 0x010101,
  seed: keccak256(stringToHex("a page of its own")),
  traits: pad("0x01000002010000"),
  model: bytesToHex(randomNetwork("animation")),
};

let browser;
let pages;
let html;

before(async () => {
  browser = await launch();
  pages = await startTokenPages();
  html = await pages.html(blueprint);
});

after(async () => {
  await browser?.close();
  pages?.stop();
});

/** Shows a page as marketplaces do, in a sandboxed frame that fills the window; nothing gets through to a network. */
async function show(page, { width = 320, height = 240, density = 1, ...options } = {}, script = () => {}) {
  const context = await browser.newContext({ viewport: { width, height }, ...options });
  // Playwright’s own `deviceScaleFactor` doesn’t reach a frame in another process.
  await context.addInitScript((value) => Object.defineProperty(window, "devicePixelRatio", { value }), density);
  await context.addInitScript(script);
  const asked = [];
  await context.route("**", (route) => {
    asked.push(route.request().url());
    return route.abort();
  });
  await context.setOffline(true);
  const outside = await context.newPage();
  outside.setDefaultTimeout(60_000);
  const src = `data:text/html;base64,${Buffer.from(page).toString("base64")}`;
  await outside.setContent(
    `<style>iframe{position:fixed;inset:0;width:100%;height:100%;border:0}</style><iframe sandbox="allow-scripts" src="${src}"></iframe>`,
  );
  const frame = outside.frames().at(-1);
  return { context, outside, frame, asked };
}

const drawn = (frame, size, how = "smooth") => frame.waitForSelector(`canvas[width="${size}"][data-drawn="${how}"]`);

/** All pixels of the canvas, RGBA. */
async function pixelsOf(frame) {
  const text = await frame.evaluate(() => {
    const canvas = document.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return Array.from(data, (byte) => String.fromCharCode(byte)).join("");
  });
  return Buffer.from(text, "latin1");
}

test("the contract writes the head that was built, and a token's values behind it", async () => {
  const { seed, traits, model } = blueprint;
  const network = Buffer.from(model.slice(2), "hex").toString("base64");
  assert.equal(html, `${head}65793,"${seed.slice(2)}","${traits.slice(2)}","${network}")</script>`);
  assert.equal(await pages.read("hash"), keccak256(head));
});

test("the renderer in the head is the one whose hash stands beside it", async () => {
  const packed = head.toString().match(/H4sI[\w+/]+=*/g);
  assert.equal(packed.length, 1);
  assert.deepEqual(gunzipSync(Buffer.from(packed[0], "base64")), wasm);
  assert.equal(await pages.read("wasmHash"), keccak256(wasm));
});

test("in a frame without network and without an origin the page draws what the renderer draws, at the screen's pixels", async () => {
  const { context, outside, frame, asked } = await show(html, { density: 2 });
  await drawn(frame, 480);
  assert.deepEqual(await pixelsOf(frame), Buffer.from(paint({ ...blueprint, size: 480, smooth: true })));
  assert.equal(await frame.evaluate(() => self.origin), "null");
  assert.equal(await frame.evaluate(() => document.querySelector("canvas").getBoundingClientRect().width), 240);
  assert.deepEqual(asked, []);
  await keepScreenshot(outside, "animation-wide");
  await context.close();
});

test("it is drawn anew when the window changes, and stands in its middle", async () => {
  const { context, outside, frame } = await show(html, { colorScheme: "dark" });
  await drawn(frame, 240);
  await outside.setViewportSize({ width: 180, height: 400 });
  await drawn(frame, 180);
  assert.deepEqual(await pixelsOf(frame), Buffer.from(paint({ ...blueprint, size: 180, smooth: true })));
  const { x, y } = await frame.evaluate(() => document.querySelector("canvas").getBoundingClientRect().toJSON());
  assert.deepEqual([x, y], [0, 110]);
  await keepScreenshot(outside, "animation-narrow");
  await context.close();
});

test("a picture too large for smooth edges is drawn without them", async () => {
  const { context, frame } = await show(html, { width: 1100, height: 1030, density: 2 });
  await drawn(frame, 2060, "exact");
  const row = await frame.evaluate(() => {
    const { data } = document.querySelector("canvas").getContext("2d").getImageData(0, 1000, 2060, 1);
    return Array.from(data);
  });
  const size = 2060;
  assert.deepEqual(
    Buffer.from(row),
    Buffer.from(paint({ ...blueprint, size }).subarray(1000 * size * 4, 1001 * size * 4)),
  );
  await context.close();
});

test("the page forbids itself to call anybody", async () => {
  const { context, frame, asked } = await show(html);
  await drawn(frame, 240);
  const forbidden = await frame.evaluate(async () => {
    const found = [];
    addEventListener("securitypolicyviolation", ({ effectiveDirective }) => found.push(effectiveDirective));
    await fetch("https://example.org/").catch(() => {});
    new Image().src = "https://example.org/seen.png";
    document.body.append(Object.assign(document.createElement("script"), { src: "https://example.org/more.js" }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    return found.sort();
  });
  assert.deepEqual(forbidden, ["connect-src", "img-src", "script-src-elem"]);
  assert.deepEqual(asked, []);
  await context.close();
});

test("a browser without SIMD is told so in a sentence", async () => {
  const withoutSimd = () => {
    WebAssembly.instantiate = () => Promise.reject(new WebAssembly.CompileError("invalid value type 's128'"));
  };
  const { context, outside, frame } = await show(html, {}, withoutSimd);
  const sentence = await frame.waitForSelector("p");
  assert.equal(
    await sentence.textContent(),
    "This picture is drawn by WebAssembly with SIMD, which this browser doesn’t run here.",
  );
  await keepScreenshot(outside, "animation-without-simd");
  await context.close();
});

test("what is no network is said to be none", async () => {
  const { context, frame } = await show(await pages.html({ ...blueprint, model: "0x1234" }));
  const sentence = await frame.waitForSelector("p");
  assert.match(await sentence.textContent(), /network|form|VDGN|magic|bytes/i);
  await context.close();
});
