// The painter's workers share pictures well: the pixels are those of one renderer, in whatever order they come.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";
import { bytesToHex } from "viem";
import { FakeWorker, post, workers } from "./fake-worker.mjs";
import { randomNetwork } from "./network.mjs";
import { Painter, pixelRoot } from "./renderer.mjs";
import "./typescript.mjs";

globalThis.Worker = FakeWorker;
const { startPainter } = await import("../sdk/src/render/painter.ts");
const { cutStripes } = await import("../sdk/src/render/stripes.ts");

const SIZE = 96;
const model = randomNetwork("painter");
const drawings = ["one", "two", "three"].map((phrase) => {
  const seed = new Uint8Array(createHash("sha256").update(phrase).digest());
  return { model, stages: 0x010101, seed, traits: new Uint8Array(32) };
});

beforeEach(() => {
  workers.length = 0;
  post.length = 0;
});

/** A painter on a machine with so many cores. */
function painterOn(cores) {
  Object.defineProperty(globalThis, "navigator", { value: { hardwareConcurrency: cores }, configurable: true });
  return startPainter();
}

/** Delivers messages until there are none: the oldest first, or as they come to hand. */
async function deliverAll(pick = "oldest") {
  for (let count = 0; post.length > 0; count++) {
    const [say] = post.splice(pick === "oldest" ? 0 : (7 * count) % post.length, 1);
    say();
    await Promise.resolve();
  }
}

/** The whole picture, by one renderer in one go. */
function whole({ model, stages, seed, traits }, method, size = SIZE) {
  const painter = new Painter(model, stages, seed, traits);
  const rgba = painter[method](size);
  painter.free();
  return rgba;
}

const rowsAsked = (worker) => worker.orders.filter(({ kind }) => kind === "rows");

for (const cores of [1, 2, 5]) {
  for (const pick of ["oldest", "any"]) {
    test(`${cores} workers draw what one renderer draws (${pick} stripe first)`, async () => {
      const painter = painterOn(cores);
      const canvas = new Uint8Array(SIZE * SIZE * 4);
      const order = [];
      const onRows = (y, rgba) => {
        canvas.set(rgba, y * SIZE * 4);
        order.push(y);
      };
      const painting = painter.paint(drawings[0], { size: SIZE, proof: true, onRows });
      await deliverAll(pick);
      const { proof } = await painting;
      const expected = whole(drawings[0], "draw");
      assert.deepEqual(canvas, expected);
      assert.deepEqual(new Uint8Array(proof.rgba), expected);
      assert.equal(proof.pixelRoot, bytesToHex(pixelRoot(SIZE, expected)));
      const isSorted = order.every((y, at) => at === 0 || order[at - 1] < y);
      assert.equal(isSorted, cores === 1 || pick === "oldest");
      const asked = workers.flatMap(rowsAsked).sort((a, b) => a.from - b.from);
      assert.equal(asked[0].from, 0);
      assert.equal(asked.at(-1).to, SIZE);
      for (const [at, { from }] of asked.slice(1).entries()) assert.equal(from, asked[at].to, "each row once");
    });
  }
}

test("a smooth picture is smooth in every stripe, and comes without a proof", async () => {
  const canvas = new Uint8Array(SIZE * SIZE * 4);
  const onRows = (y, rgba) => canvas.set(rgba, y * SIZE * 4);
  const painting = painterOn(3).paint(drawings[0], { size: SIZE, smooth: true, onRows });
  await deliverAll("any");
  assert.deepEqual(await painting.then(({ size, proof }) => ({ size, proof })), { size: SIZE, proof: undefined });
  assert.deepEqual(canvas, whole(drawings[0], "smooth"));
});

test("workers are started with the first picture: as many as there are cores, but eight at most", async () => {
  for (const [cores, expected] of [
    [1, 1],
    [3, 3],
    [64, 8],
    [undefined, 1],
  ]) {
    workers.length = 0;
    const painter = painterOn(cores);
    assert.equal(workers.length, 0);
    const paintings = drawings.map((drawing) => painter.paint(drawing, { size: SIZE }));
    await deliverAll();
    await Promise.all(paintings);
    assert.equal(workers.length, expected);
  }
});

test("pictures are finished in the order asked for, and whoever is idle begins the next", async () => {
  const painter = painterOn(4);
  const finished = [];
  drawings.forEach((drawing, at) => void painter.paint(drawing, { size: SIZE }).then(() => finished.push(at)));
  await deliverAll();
  assert.deepEqual(finished, [0, 1, 2]);
  const seeds = workers.map(({ orders }) => orders.filter(({ drawing }) => drawing).map(({ drawing }) => drawing.seed));
  for (const held of seeds) assert.ok(held.length >= 2, "every worker had a share in the next");
  assert.equal(
    workers.flatMap(rowsAsked).reduce((rows, { from, to }) => rows + to - from, 0),
    3 * SIZE,
  );
});

test("what a check waits for goes before what only an eye waits for", async () => {
  const painter = painterOn(1);
  const finished = [];
  const paint = (name, drawing, options) =>
    painter.paint(drawing, { size: SIZE, ...options }).then(() => finished.push(name));
  paint("smooth", drawings[0], { smooth: true });
  post.shift()(); // the worker has begun with it
  paint("small", drawings[1], {});
  paint("checked", drawings[0], { proof: true });
  await deliverAll();
  assert.deepEqual(finished, ["checked", "smooth", "small"]);
});

test("no worker keeps a drawing when its picture is finished or cancelled", async () => {
  const painter = painterOn(3);
  const cancel = new AbortController();
  const paintings = [painter.paint(drawings[0], { size: SIZE, signal: cancel.signal })];
  for (let message = 0; message < 5; message++) post.shift()();
  paintings.push(painter.paint(drawings[1], { size: SIZE, proof: true }));
  cancel.abort();
  await deliverAll();
  await Promise.allSettled(paintings);
  for (const { holds } of workers) assert.equal(holds, undefined);
});

test("what is cancelled is settled at once, no more of it is handed out, and its late rows are left lying", async () => {
  const painter = painterOn(2);
  const cancel = new AbortController();
  let rows = 0;
  const onRows = () => rows++;
  const cancelled = painter.paint(drawings[0], { size: SIZE, signal: cancel.signal, onRows });
  post.shift()();
  post.shift()(); // both workers have a stripe by now
  assert.equal(post.length, 2);
  cancel.abort();
  await assert.rejects(cancelled, { name: "AbortError" }); // although no worker has answered
  await deliverAll();
  assert.equal(rows, 0);
  assert.equal(workers.flatMap(rowsAsked).length, 2);

  await assert.rejects(painter.paint(drawings[0], { size: SIZE, signal: cancel.signal }), { name: "AbortError" });
  const next = painter.paint(drawings[1], { size: SIZE, proof: true });
  await deliverAll();
  assert.deepEqual(new Uint8Array((await next).proof.rgba), whole(drawings[1], "draw"));
});

test("a picture that is cancelled by its own last rows takes no other with it", async () => {
  const painter = painterOn(1);
  const cancel = new AbortController();
  let missing = SIZE;
  const onRows = (_y, rgba) => {
    missing -= rgba.length / (SIZE * 4);
    if (missing === 0) cancel.abort();
  };
  const cancelled = painter.paint(drawings[0], { size: SIZE, signal: cancel.signal, onRows });
  const rejected = assert.rejects(cancelled, { name: "AbortError" });
  const next = painter.paint(drawings[1], { size: SIZE });
  await deliverAll();
  await rejected;
  assert.equal((await next).size, SIZE);
});

test("a picture that can't be drawn says why, and hurts no other", async () => {
  const painter = painterOn(2);
  const paintings = [
    painter.paint({ ...drawings[0], model: new Uint8Array(9) }, { size: SIZE, proof: true }),
    painter.paint(drawings[0], { size: 3000, smooth: true }),
    painter.paint(drawings[1], {
      size: SIZE,
      onRows() {
        throw new Error("no canvas");
      },
    }),
    painter.paint(drawings[2], { size: SIZE, proof: true }),
  ];
  const settled = Promise.allSettled(paintings);
  await deliverAll();
  const [malformed, large, unwanted, good] = await settled;
  assert.equal(malformed.reason.name, "Failure");
  assert.match(large.reason.message, /2048/);
  assert.equal(unwanted.reason.message, "no canvas");
  assert.deepEqual(new Uint8Array(good.value.proof.rgba), whole(drawings[2], "draw"));
});

test("without a worker that starts, every picture is refused in words, and those to come", async () => {
  const painter = painterOn(2);
  const settled = Promise.allSettled(drawings.map((drawing) => painter.paint(drawing, { size: SIZE })));
  workers[0].onerror();
  for (const { reason } of await settled) assert.match(reason.message, /renderer doesn’t start in this browser/);
  await assert.rejects(painter.paint(drawings[0], { size: SIZE }), { advice: /SIMD/ });
});

/** Has so many workers share a picture, in made-up time; when each ended, and how long each stripe took. */
function share(workers, rows, rowMs) {
  const stripes = cutStripes({ from: 0, to: rows });
  const ends = Array.from({ length: workers }, () => ({ at: 0, stripe: undefined }));
  const lengths = [];
  for (;;) {
    const next = ends.reduce((first, other) => (other.at < first.at ? other : first));
    if (next.stripe) stripes.learn(next.stripe, next.stripe * rowMs);
    if (!stripes.isLeft()) return { ends: ends.map(({ at }) => at), lengths };
    const { from, to } = stripes.next(workers);
    next.stripe = to - from;
    next.at += next.stripe * rowMs;
    lengths.push(next.stripe * rowMs);
  }
}

test("stripes take about 12 ms, and the last ones are short, so that workers end together", () => {
  for (const workers of [1, 2, 5, 8]) {
    for (const rowMs of [0.02, 0.3, 1, 2.5]) {
      const { ends, lengths } = share(workers, 1024, rowMs);
      const longest = Math.max(...lengths);
      const most = workers === 1 ? 18 : 12; // one alone takes a small rest along
      assert.ok(longest <= Math.max(most, 4 * rowMs) + rowMs, `${longest} ms`);
      const spread = Math.max(...ends) - Math.min(...ends);
      assert.ok(spread <= 4 + rowMs, `${workers} workers at ${rowMs} ms a row end ${spread} ms apart`);
    }
  }
});

test("a row that takes no time that the clock can see still counts", () => {
  const stripes = cutStripes({ from: 0, to: 1000 });
  stripes.next(2);
  stripes.learn(4, 0);
  const { from, to } = stripes.next(2);
  assert.ok(to > from && to < 1000);
});

test("some rows of a picture are those rows of the whole picture, in workers and without", async () => {
  const { createPainter } = await import("../sdk/src/render/render.ts");
  const rowsOf = async (painter, options) => {
    const rgba = new Uint8ClampedArray(SIZE * SIZE * 4);
    let drawn = 0;
    const onRows = (y, rows) => {
      rgba.set(rows, y * SIZE * 4);
      drawn += rows.length / (SIZE * 4);
    };
    const painting = painter.paint(drawings[0], { size: SIZE, onRows, ...options });
    await deliverAll();
    await painting;
    return { rgba, drawn };
  };
  const rows = { from: 17, to: 60 };
  const bytes = (rgba) => rgba.subarray(rows.from * SIZE * 4, rows.to * SIZE * 4);
  const expected = bytes(new Uint8ClampedArray(whole(drawings[0], "draw")));
  for (const painter of [painterOn(2), createPainter()]) {
    const some = await rowsOf(painter, { rows });
    assert.equal(some.drawn, 43);
    assert.deepEqual(bytes(some.rgba), expected);
  }
});

test("rows that a picture doesn’t have are refused, and a check takes them all", async () => {
  for (const rows of [
    { from: -1, to: 4 },
    { from: 4, to: 4 },
    { from: 0, to: SIZE + 1 },
    { from: 0.5, to: 2 },
  ]) {
    await assert.rejects(painterOn(2).paint(drawings[0], { size: SIZE, rows }), /has no rows/);
  }
  const options = { size: SIZE, proof: true, rows: { from: 0, to: 8 } };
  await assert.rejects(painterOn(2).paint(drawings[0], options), /takes all rows/);
});

test("a size that no picture has is refused in words", async () => {
  for (const size of [0, -1, 4097, 100.5, Number.NaN]) {
    await assert.rejects(painterOn(2).paint(drawings[0], { size }), new RegExp(`1 to 4096 pixels a side, not ${size}`));
  }
  assert.equal(workers.length, 0);
});

test("a patient picture waits until nobody else does, and one for a check goes first", async () => {
  const painter = painterOn(1);
  const order = [];
  const paint = (name, options) => painter.paint(drawings[0], { size: SIZE, ...options }).then(() => order.push(name));
  const all = [
    paint("patient", { patient: true, smooth: true }),
    paint("another", { patient: true }),
    paint("eye", {}),
    paint("check", { proof: true }),
  ];
  await deliverAll();
  await Promise.all(all);
  assert.deepEqual(order, ["check", "eye", "patient", "another"]);
});

test("an eager painter has its workers before there is a picture, and no more of them afterwards", async () => {
  Object.defineProperty(globalThis, "navigator", { value: { hardwareConcurrency: 3 }, configurable: true });
  const painter = startPainter({ eager: true });
  assert.equal(workers.length, 3);
  const painting = painter.paint(drawings[0], { size: SIZE });
  await deliverAll();
  await painting;
  assert.equal(workers.length, 3);
});

test("while there are other small pictures, each is drawn by one worker in one piece", async () => {
  const painter = painterOn(2);
  const small = { size: 8 }; // 8 ms of the fake workers' time
  const first = painter.paint(drawings[0], small);
  await deliverAll();
  await first;
  for (const worker of workers) worker.orders.length = 0;
  const all = Array.from({ length: 6 }, (_, at) => painter.paint(drawings[at % 3], small));
  await deliverAll();
  await Promise.all(all);
  const asked = workers.flatMap(rowsAsked);
  const whole = asked.filter(({ from, to }) => from === 0 && to === 8);
  assert.equal(whole.length, 4, "all but the first, to which both came, and the last, beside which there is no other");
});
