// Times the built page drawing the art model's picture at 1024² in Chromium, with one worker and with as many as this
// machine has cores (the page starts eight at most). Prints a map of figures; `workers_scaling` is 1 if N workers are
// N times as fast as one.
//
//   node workers.mjs ATLAS.vdgn
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { bytesToHex } from "viem";
import { launch, open, withCores } from "../../web/tests/browser.mjs";
import { startMockStack } from "../../web/tests/mock-stack.mjs";
import { makeToken } from "../../web/tests/mock-token.mjs";

const SIZE = 1024;
const ROUNDS = 9;
const MOST_WORKERS = 8;
const workers = Math.min(MOST_WORKERS, availableParallelism());

const model = bytesToHex(await readFile(process.argv[2]));
const token = await makeToken({ tokenId: 1n, model, size: SIZE, traits: [0, 0, 0, 0] });
// The mock would draw what a certified model's contract draws, on the cores that are to be measured.
const [browser, stack] = await Promise.all([launch(), startMockStack([{ ...token, certified: false }])]);

/** Milliseconds that a freshly opened page takes for the picture. */
async function draw(cores) {
  const page = await open(browser, `${stack.page}?token=1`, { prepare: withCores(cores) });
  await page.waitForFunction(() => window.verdigris.drawMs !== undefined);
  const ms = await page.evaluate(() => window.verdigris.drawMs);
  await page.context().close();
  return ms;
}

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
const rounded = (value) => Math.round(value * 100) / 100;

/** In turns, so that what else the machine does meets both alike; the first round warms up. */
async function measure() {
  const [one, all] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const times = [await draw(1), await draw(workers)];
    if (round === 0) continue;
    one.push(times[0]);
    all.push(times[1]);
  }
  return [median(one), median(all)];
}

try {
  const [one, all] = await measure();
  const figures = {
    render_1024_workers_1_ms: rounded(one),
    render_1024_workers_N_ms: rounded(all),
    workers_scaling: rounded(one / all / workers),
  };
  console.log(JSON.stringify(figures));
} finally {
  await browser.close();
  stack.close();
}
