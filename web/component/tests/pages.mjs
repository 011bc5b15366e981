// Pages with elements on them, in a browser: served under a policy that allows what the element needs and nothing more.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { open } from "../../tests/browser.mjs";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const TYPES = { js: "text/javascript", wasm: "application/wasm", html: "text/html; charset=utf-8", css: "text/css" };

/** Keeps what every element of the page tells, from before the first is there. */
const LISTEN = `
  window.heard = [];
  addEventListener("verified", ({ target, detail }) => heard.push({ id: target.id, ...detail }), true);
  addEventListener("error", ({ target, message }) => target.localName && heard.push({ id: target.id, error: message }), true);`;

/** What a page needs to allow, as the README says. */
export const policyOf = (rpc) =>
  `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${new URL(rpc).origin}; require-trusted-types-for 'script'; trusted-types 'none'`;

/** Serves pages on a free port of 127.0.0.1; `named` are the attributes that their elements have unless told otherwise. */
export async function startPages(named) {
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
  const hang = (body, { policy = policyOf(named.rpc), script = "/dist/verdigris-art.js" } = {}) => {
    const path = `/page-${pages.size}`;
    const head = `<title>Gallery</title><script src="/listen.js"></script><script type="module" src="${script}"></script>`;
    pages.set(path, { policy, html: `<!doctype html><html lang="en"><head>${head}</head><body>${body}</body></html>` });
    return origin + path;
  };
  /** An element with these attributes; one that is `undefined` is left out. */
  const tag = (more) => {
    const given = Object.entries({ ...named, ...more }).filter(([, value]) => value !== undefined);
    return `<verdigris-art ${given.map(([key, value]) => `${key}="${value}"`).join(" ")}></verdigris-art>`;
  };
  return { origin, hang, tag, close: () => server.close() };
}

/** Opens a page that shows this. */
export function visit(browser, pages, body, { page, ...options } = {}) {
  return open(browser, pages.hang(body, page), { viewport: { width: 600, height: 600 }, ...options });
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
