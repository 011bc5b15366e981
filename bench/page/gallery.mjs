// Measures the gallery in headless Chromium: how soon a picture is there, how long a hundred take, how smoothly one
// scrolls. Prints a map of figures.
//
// node bench/page/gallery.mjs PAGE [ROUNDS]; the page's collection must have 120 tokens or more, all drawn.
import { launch, open } from "../../web/tests/browser.mjs";

const [page, rounds = "3"] = process.argv.slice(2);
const PICTURES = 100;
/** A window in which each of a hundred frames has a little over 192 pixels a side, and all are in view. */
const WALL = { width: 960, height: 7800 };
/** An ordinary one. */
const WINDOW = { width: 1440, height: 900 };
const SCROLL_MS = 4000;
/** Pixels a frame: three windows a second at 60 frames. */
const SCROLL_PX = 45;

/** In the page: notes when so many pictures hang, from the moment that the page was asked for. */
function watch(wanted) {
  window.reached = {};
  const look = () => {
    const hung = window.verdigris?.hung.size ?? 0;
    for (const count of wanted) if (hung >= count) window.reached[count] ??= performance.now();
    setTimeout(look, 2);
  };
  look();
}

async function hang(browser, viewport, count) {
  const prepare = (page) => page.addInitScript(watch, [1, count]);
  const shown = await open(browser, page, { viewport, prepare });
  await shown.waitForFunction((count) => window.reached[count] !== undefined, count);
  const found = await shown.evaluate(() => {
    const sides = [...document.querySelectorAll(".wall canvas")].map(({ width }) => width);
    const [{ loadEventEnd }] = performance.getEntriesByType("navigation");
    return { reached: window.reached, loadEventEnd, side: Math.min(...sides) };
  });
  await shown.context().close();
  return found;
}

/** Frames a second while one scrolls down and up, pictures being drawn and given up all the time. */
async function scroll(browser) {
  const shown = await open(browser, page, { viewport: WINDOW });
  await shown.waitForFunction(() => window.verdigris?.hung.size > 0);
  const fps = await shown.evaluate(
    ({ ms, px }) =>
      new Promise((resolve) => {
        const start = performance.now();
        let [frames, step] = [0, px];
        const next = (now) => {
          frames++;
          if (scrollY + innerHeight >= document.documentElement.scrollHeight - 1) step = -px;
          if (scrollY === 0) step = px;
          scrollBy(0, step);
          if (now - start < ms) requestAnimationFrame(next);
          else resolve((frames * 1000) / (now - start));
        };
        requestAnimationFrame(next);
      }),
    { ms: SCROLL_MS, px: SCROLL_PX },
  );
  await shown.context().close();
  return fps;
}

const middle = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];

const browser = await launch();
try {
  const [all, first, fps] = [[], [], []];
  let side = 0;
  for (let round = 0; round < Number(rounds); round++) {
    const wall = await hang(browser, WALL, PICTURES);
    all.push(wall.reached[PICTURES]);
    side = wall.side;
    const { reached, loadEventEnd } = await hang(browser, WINDOW, 1);
    first.push(reached[1] - loadEventEnd);
    fps.push(await scroll(browser));
  }
  const figures = {
    gallery_100_ms: Math.round(middle(all)),
    gallery_side_px: side,
    first_picture_ms: Math.round(middle(first)),
    scroll_fps: Math.round(middle(fps) * 10) / 10,
  };
  console.log(JSON.stringify(figures));
} finally {
  await browser.close();
}
