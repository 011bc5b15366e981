// Draws a token's picture in a page of its own, as large as the window: with nothing but what the page holds.
import packed from "virtual:renderer";
import initialise, { Painter } from "../../sdk/src/generated/renderer/renderer.js";
import { laySheet, type Sheet } from "./sheet.ts";

/** A side of the largest picture that the renderer draws with smooth edges. */
const MOST_SMOOTH = 2048;
/** Milliseconds after which others get their turn. */
const STRIPE_MS = 12;
/** As long as nobody knows what a row costs. */
const FIRST_ROWS = 4;

/** Draws a token: seed and traits in hexadecimal without `0x`, the network's canonical form in base64. */
export default async function draw(stages: number, seed: string, traits: string, model: string): Promise<void> {
  try {
    await initialise({ module_or_path: await unpack(packed) });
  } catch {
    return say("This picture is drawn by WebAssembly with SIMD, which this browser doesn’t run here.");
  }
  try {
    const painter = new Painter(fromBase64(model), stages, fromHex(seed), fromHex(traits));
    let latest: Sheet | undefined;
    const begin = () => {
      const sheet = laySheet(latest);
      latest = sheet;
      paint(painter, sheet, () => sheet === latest).catch(say);
    };
    addEventListener("resize", begin);
    begin();
  } catch (error) {
    say(error);
  }
}

/** The exact picture, then with smooth edges, for as long as it is wanted. */
async function paint(painter: Painter, { size, context }: Sheet, isWanted: () => boolean): Promise<void> {
  for (const smooth of size > MOST_SMOOTH ? [false] : [false, true]) {
    for (let y = 0, rows = FIRST_ROWS; y < size; ) {
      const [start, to] = [performance.now(), Math.min(size, y + rows)];
      const rgba = new Uint8ClampedArray(smooth ? painter.smoothRows(size, y, to) : painter.rows(size, y, to));
      context.putImageData(new ImageData(rgba, size), 0, y);
      rows = Math.ceil((STRIPE_MS * (to - y)) / Math.max(1, performance.now() - start));
      y = to;
      await new Promise((resolve) => setTimeout(resolve));
      if (!isWanted()) return;
    }
    context.canvas.dataset.drawn = smooth ? "smooth" : "exact";
  }
}

/** What can't be drawn is said instead. */
function say(error: unknown): void {
  const sentence = document.createElement("p");
  sentence.textContent = error instanceof Error ? error.message : `${error}`;
  document.body.replaceChildren(sentence);
}

function unpack(base64: string): Promise<ArrayBuffer> {
  const file = new Blob([fromBase64(base64)]).stream();
  return new Response(file.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
