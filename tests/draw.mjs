// Draws one blueprint with the browser's renderer, in Node and in headless Chromium; prints pixel roots and hashes as JSON.
// node tests/draw.mjs MODEL.vdgn STAGES SEED TRAITS SIZE
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";
import { bytesToHex, hexToBytes, keccak256 } from "viem";

const [file, stages, seed, traits, size] = process.argv.slice(2);
const folder = new URL("../web/sdk/src/generated/renderer/", import.meta.url);
const script = await readFile(new URL("renderer.js", folder), "utf8");
const module = await readFile(new URL("renderer_bg.wasm", folder));
const blueprint = {
  model: [...(await readFile(file))],
  stages: Number(stages),
  seed: [...hexToBytes(seed)],
  traits: [...hexToBytes(traits)],
  size: Number(size),
};

/** Runs where the renderer is, so it may use nothing from outside. */
async function draw({ url, wasm, model, stages, seed, traits, size }) {
  const renderer = await import(url);
  await renderer.default({ module_or_path: typeof wasm === "string" ? wasm : new Uint8Array(wasm) });
  const painter = new renderer.Painter(new Uint8Array(model), stages, new Uint8Array(seed), new Uint8Array(traits));
  const rgba = painter.draw(size);
  return { pixels: [...rgba], pixelRoot: [...renderer.pixelRoot(size, rgba)] };
}

function summary({ pixels, pixelRoot }) {
  const rgb = Uint8Array.from(pixels.filter((_, index) => index % 4 !== 3));
  return { pixelRoot: bytesToHex(Uint8Array.from(pixelRoot)), rgbHash: keccak256(rgb) };
}

async function inChromium() {
  const flags =
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags.split(" ") });
  try {
    const page = await browser.newPage();
    const origin = "http://renderer.test/";
    await page.route(`${origin}**`, (route) => {
      const name = new URL(route.request().url()).pathname;
      if (name === "/renderer.js") return route.fulfill({ contentType: "text/javascript", body: script });
      if (name === "/renderer_bg.wasm") return route.fulfill({ contentType: "application/wasm", body: module });
      return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>renderer</title>" });
    });
    await page.goto(origin);
    return await page.evaluate(draw, { ...blueprint, url: `${origin}renderer.js`, wasm: `${origin}renderer_bg.wasm` });
  } finally {
    await browser.close();
  }
}

const node = await draw({ ...blueprint, url: new URL("renderer.js", folder).href, wasm: [...module] });
console.log(JSON.stringify({ node: summary(node), chromium: summary(await inChromium()) }));
