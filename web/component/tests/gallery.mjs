// Pages with elements on them, in a browser: served under a policy that allows what the element needs and nothing more,
// beside a mock of the chain with a token of each kind.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { bytesToHex, keccak256, zeroHash } from "viem";
import { open } from "../../tests/browser.mjs";
import { startMockStack } from "../../tests/mock-stack.mjs";
import { ART, CHAIN_ID, makeToken } from "../../tests/mock-token.mjs";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const TYPES = { js: "text/javascript", wasm: "application/wasm", html: "text/html; charset=utf-8", css: "text/css" };
const SIZE = 48;

/** Of the attested pictures: what the page shows has as many pixels as the screen. */
export { ART, CHAIN_ID, SIZE };

/** Keeps what every element of the page tells, from before the first is there. */
const LISTEN = `
  window.heard = [];
  addEventListener("verified", ({ target, detail }) => heard.push({ id: target.id, ...detail }), true);
  addEventListener("error", ({ target, message }) => target.localName && heard.push({ id: target.id, error: message }), true);`;

/** What a page needs to allow, as the README says. */
export const policyOf = (rpc) =>
  `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${new URL(rpc).origin}; require-trusted-types-for 'script'; trusted-types 'none'`;

/** The tokens by what they are there for. */
export const TOKENS = {
  honest: 1,
  forged: 2,
  refuted: 3,
  minted: 4,
  drawn: 5,
  evolved: 6,
  bonded: 7,
  swapped: 8,
  fresh: 9,
};

async function makeTokens() {
  const model = bytesToHex(readFileSync(new URL("../../../models/atlas/atlas.vdgn", import.meta.url)));
  const make = (name, more) =>
    makeToken({ tokenId: BigInt(TOKENS[name]), model, size: SIZE, traits: [TOKENS[name], 1, 2, 3], ...more });
  const all = await Promise.all(Object.keys(TOKENS).map((name) => make(name, name === "evolved" && { epoch: 2 })));
  const named = Object.fromEntries(Object.keys(TOKENS).map((name, at) => [name, all[at]]));
  named.forged.token.pixelRoot = keccak256("0x07");
  Object.assign(named.refuted, { status: 5 });
  Object.assign(named.minted.token, { stage: 0, pixelRoot: zeroHash });
  Object.assign(named.minted.blueprint, { seed: zeroHash, traits: zeroHash });
  Object.assign(named.drawn.token, { stage: 1 });
  Object.assign(named.drawn, { status: 1, held: undefined });
  Object.assign(named.bonded.token, { stage: 1 });
  Object.assign(named.bonded, { status: 4, held: undefined });
  named.swapped.blueprint.canonicalHash = keccak256("0x07");
  named.evolved.past = await Promise.all([0, 1].map((epoch) => make("evolved", { epoch })));
  named.evolved.past[1].token.pixelRoot = keccak256("0x07");
  return all;
}

/** Starts chain and pages on free ports of 127.0.0.1. */
export async function startGallery() {
  const tokens = await makeTokens();
  const stack = await startMockStack(tokens);
  const rpc = stack.config.rpcUrl;
  const pages = new Map();
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url, "http://page");
    const page = pages.get(pathname);
    if (page) {
      response.setHeader("content-security-policy", page.policy).setHeader("content-type", TYPES.html);
      return response.end(page.html);
    }
    if (pathname === "/listen.js") return response.setHeader("content-type", TYPES.js).end(LISTEN);
    try {
      const file = readFileSync(PACKAGE + pathname.slice(1));
      response.setHeader("content-type", TYPES[pathname.split(".").at(-1)] ?? "text/plain").end(file);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;

  /** A page with this in its body; gives back its address. */
  const hang = (body, { policy = policyOf(rpc), script = "/dist/verdigris-art.js" } = {}) => {
    const path = `/page-${pages.size}`;
    const head = `<title>Gallery</title><script src="/listen.js"></script><script type="module" src="${script}"></script>`;
    pages.set(path, { policy, html: `<!doctype html><html lang="en"><head>${head}</head><body>${body}</body></html>` });
    return origin + path;
  };
  /** The tag of a token of this kind. */
  const tag = (name, more = {}) => {
    const attributes = { id: name, chain: CHAIN_ID, contract: ART, "token-id": TOKENS[name] ?? 1, rpc, ...more };
    const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
    return `<verdigris-art ${given.map(([key, value]) => `${key}="${value}"`).join(" ")}></verdigris-art>`;
  };
  const close = () => {
    server.close();
    stack.close();
  };
  return { tokens, rpc, origin, hang, tag, close };
}

/** Opens a page that shows this. */
export function visit(browser, gallery, body, { page, ...options } = {}) {
  return open(browser, gallery.hang(body, page), { viewport: { width: 600, height: 600 }, ...options });
}

/** Waits until an element has told something; gives back what it told last. */
export async function told(page, id, key = "verdict") {
  await page.waitForFunction(([id, key]) => window.heard.some((word) => word.id === id && key in word), [id, key]);
  return page.evaluate(([id, key]) => window.heard.findLast((word) => word.id === id && key in word), [id, key]);
}

/** What an element's canvas shows: its size, its pixels (base64), its label; and the element's message. */
export function look(page, id) {
  return page.locator(`#${id}`).evaluate((element) => {
    const canvas = element.shadowRoot.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let text = "";
    for (const byte of data) text += String.fromCharCode(byte);
    const { width, height } = element.getBoundingClientRect();
    return {
      size: canvas.width,
      pixels: btoa(text),
      isEmpty: canvas.hasAttribute("data-empty"),
      label: canvas.getAttribute("aria-label"),
      message: element.shadowRoot.querySelector("p").textContent,
      box: [width, height],
      verdict: element.verdict,
      attribute: element.dataset.verdict,
    };
  });
}
