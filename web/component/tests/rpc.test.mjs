// The JSON-RPC client against a node that answers well, badly, too much, late or not at all.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import "../../tests/typescript.mjs";

const { clientOf, Outage, Refusal } = await import("../src/rpc.ts");

let server;
let address;
let answer;
let asked = 0;

before(async () => {
  server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    asked += 1;
    answer(response, JSON.parse(Buffer.concat(parts)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const never = () => new AbortController().signal;
let clients = 0;

/** Asks by a client of its own, of a node that answers so. */
function ask(answers, { method = "eth_call", signal = never() } = {}) {
  answer = answers;
  asked = 0;
  return clientOf(`${address}/${clients++}`).request(method, [], signal);
}

const send =
  (body, status = 200) =>
  (response) =>
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));

test("an answer is given back as it is", async () => {
  assert.equal(await ask(send({ jsonrpc: "2.0", id: 1, result: "0x1234" })), "0x1234");
  assert.equal(
    await ask((response, { method }) => send({ id: 1, result: method })(response), { method: "eth_x" }),
    "eth_x",
  );
  assert.equal(asked, 1);
});

test("all who name the same node share a client", () => {
  assert.equal(clientOf(address), clientOf(address));
  assert.notEqual(clientOf(address), clientOf(`${address}/other`));
});

test("a contract that refuses is told from a node that does, and neither is asked again", async () => {
  for (const error of [
    { code: 3, message: "execution reverted", data: "0x" },
    { code: -32000, message: "VM: revert" },
  ]) {
    await assert.rejects(ask(send({ id: 1, error })), Refusal);
    await assert.rejects(ask(send({ id: 1, error }, 400)), Refusal);
  }
  await assert.rejects(ask(send({ id: 1, error: { code: -32601, message: "method not found" } })), (error) => {
    assert.match(error.message, /^The chain’s RPC endpoint at 127\.0\.0\.1:\d+ says: method not found\.$/);
    return !(error instanceof Refusal) && !(error instanceof Outage);
  });
  assert.equal(asked, 1);
});

test("a node that is busy or breaks off is asked once more, and then no longer", async () => {
  const bad = {
    busy: send("slow down", 429),
    "busy in words": send({ id: 1, error: { code: -32005, message: "limit exceeded" } }),
    broken: send("", 503),
    gone: (response) => response.destroy(),
    "gone halfway": (response) =>
      response.writeHead(200, { "content-length": 100 }).write("{") && setTimeout(() => response.destroy(), 20),
  };
  for (const [how, answers] of Object.entries(bad)) {
    await assert.rejects(ask(answers), Outage, how);
    assert.equal(asked, 2, how);
    assert.equal(await ask((response) => (asked === 1 ? answers : send({ id: 1, result: "0x" }))(response)), "0x", how);
  }
});

test("what is no JSON-RPC is refused", async () => {
  for (const body of ["", "<html>", "[]", "null", '"0x"', "{}", '{"result":', '{"error":null}']) {
    await assert.rejects(ask(send(body)), { message: /What 127\.0\.0\.1:\d+ answers is no JSON-RPC/ }, body);
  }
  await assert.rejects(ask(send("no", 404)), { message: /HTTP status 404/ });
});

test("no more of an answer is read than an answer may have, whether it says so or not", async () => {
  const most = 4 * 2 ** 20;
  await assert.rejects(
    ask((response) => response.writeHead(200, { "content-length": most + 1 }).write(" ")),
    { message: /sends more than 4194304 bytes/ },
  );
  let sent = 0;
  const endless = (response) => {
    const part = Buffer.alloc(2 ** 18, " ");
    const go = () => {
      while (!response.destroyed && sent < 100 * most && response.write(part)) sent += part.length;
    };
    response.on("drain", go);
    go();
  };
  await assert.rejects(ask(endless), { message: /sends more than 4194304 bytes/ });
  assert.ok(sent < 10 * most, `${sent} bytes were sent`);
});

test("a question that is cancelled ends at once, with the reason it was cancelled for", async () => {
  const cancel = new AbortController();
  const question = ask(() => cancel.abort(new Error("no longer wanted")), { signal: cancel.signal });
  await assert.rejects(question, { message: "no longer wanted" });
  assert.equal(asked, 1);
  await assert.rejects(ask(send({ id: 1, result: "0x" }), { signal: AbortSignal.abort(new Error("never")) }), {
    message: "never",
  });
  assert.equal(asked, 0);
});

test("a node that says nothing is given up after fifteen seconds, twice", async ({ mock }) => {
  const { setTimeout: wait } = globalThis;
  mock.timers.enable({ apis: ["setTimeout"] });
  const question = assert.rejects(
    ask(() => {}),
    Outage,
  );
  const until = async (count, step) => {
    // At most 14 seconds by the question's clock: what it asks meanwhile isn't given up.
    for (let ticks = 0; ticks < 14 && asked < count; ticks++) {
      await new Promise((resolve) => wait(resolve, 50));
      mock.timers.tick(step);
    }
  };
  await until(1, 0);
  mock.timers.tick(15_000);
  await until(2, 1000);
  mock.timers.tick(15_000);
  await question;
  assert.equal(asked, 2);
});

test("no more than six questions are on their way at once, and all are answered", async () => {
  let [open, most] = [0, 0];
  answer = (response, { method }) => {
    most = Math.max(most, ++open);
    setTimeout(() => {
      open -= 1;
      send({ id: 1, result: method })(response);
    }, 5);
  };
  const client = clientOf(`${address}/many`);
  const methods = Array.from({ length: 40 }, (_, at) => `eth_${at}`);
  assert.deepEqual(await Promise.all(methods.map((method) => client.request(method, [], never()))), methods);
  assert.ok(most <= 6, `${most} at once`);
});

test("which chain a node is of is asked once; a node that doesn't say is asked again", async () => {
  const client = clientOf(`${address}/chain`);
  asked = 0;
  for (const result of [31337, "31337", "", null, [], "0x"]) {
    answer = send({ id: 1, result });
    await assert.rejects(client.chainId(), { message: /doesn’t say which chain/ });
  }
  answer = send({ id: 1, result: "0x7A69" });
  assert.equal(asked, 6);
  assert.deepEqual(await Promise.all([client.chainId(), client.chainId()]), [31337, 31337]);
  assert.equal(await client.chainId(), 31337);
  assert.equal(asked, 7);
});
