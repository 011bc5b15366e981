// Takes webhooks over HTTP: answers at once, and works on their requests afterwards, a few at a time.
import { createServer } from "node:http";
import pLimit from "p-limit";
import { isSigned, requestsIn } from "./webhook.mjs";

const MAX_BODY = 1 << 20;
/** Request ids that are remembered, so that a webhook that comes again starts nothing. */
const REMEMBERED = 100_000;

/** A server that hands each new request to `answer`, at most `concurrency` at a time. */
export function serve(settings, answer) {
  const limit = pLimit(settings.concurrency);
  const known = new Set();

  function take(request) {
    if (known.has(request.requestId)) return;
    known.add(request.requestId);
    if (known.size > REMEMBERED) known.delete(known.values().next().value);
    limit(() => answer(request)).catch((error) => {
      known.delete(request.requestId);
      console.error(`request ${request.requestId}: ${error.shortMessage ?? error.message}`);
    });
  }

  return createServer({ noDelay: true }, async (request, response) => {
    const reply = (status) => response.writeHead(status, { "content-length": 0 }).end();
    try {
      if (request.method !== "POST" || request.url !== "/webhooks/alchemy") return reply(404);
      const body = await readBody(request);
      if (!body) return reply(413);
      if (!isSigned(settings.signingKey, body, request.headers["x-alchemy-signature"])) return reply(401);
      requestsIn(body, settings).forEach(take);
      reply(200);
    } catch (error) {
      console.error(`webhook: ${error.message}`);
      reply(400);
    }
  });
}

/** The whole body; nothing if it is longer than allowed. */
async function readBody(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MAX_BODY) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
