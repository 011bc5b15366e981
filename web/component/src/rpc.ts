// Asks a node of the chain, by JSON-RPC over HTTP. All elements that name the same address share one client.
import { Failure } from "../../sdk/src/failure.ts";
import { once } from "../../sdk/src/once.ts";
import { pause } from "./pause.ts";

/** Longer than any node takes for what is asked here. */
const TIMEOUT_MS = 15_000;
const RETRY_MS = 700;
/** Twice, as hexadecimal digits, the largest network that would ever be kept on a chain, some 80 contracts long. */
const MOST_ANSWER_BYTES = 4 * 2 ** 20;
/** Browsers open no more connections to a host at once, and nodes for everybody take no more questions. */
const MOST_AT_ONCE = 6;
/** Errors by which nodes say that they are asked too much: EIP-1474's “limit exceeded”, and two of providers. */
const BUSY_CODES: readonly unknown[] = [-32005, -32016, 429];

/** The node can't be reached, or is busy: may be over in a moment. */
export class Outage extends Failure {}
/** The contract refused the call. */
export class Refusal extends Failure {}

/** A node. */
export interface Client {
  /** What the node is called when something is wrong with it. */
  host: string;
  chainId(): Promise<number>;
  request(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown>;
}

const clients = new Map<string, Client>();

/** The client for an address. */
export function clientOf(rpc: string): Client {
  const client = clients.get(rpc) ?? createClient(rpc);
  clients.set(rpc, client);
  return client;
}

function createClient(rpc: string): Client {
  const { host } = new URL(rpc);
  const turns = createTurns(MOST_AT_ONCE);
  const request: Client["request"] = async (method, params, signal) => {
    const ask = () => turns(() => post(rpc, host, { method, params }, signal));
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Outage)) throw error;
    }
    await pause(RETRY_MS, signal);
    return ask();
  };
  return {
    host,
    request,
    chainId: once(async () => {
      const id = await request("eth_chainId", [], new AbortController().signal);
      if (typeof id === "string" && /^0x[0-9a-f]{1,13}$/i.test(id)) return Number(id);
      throw new Failure(`The chain’s RPC endpoint at ${host} doesn’t say which chain it is of.`);
    }),
  };
}

/** Lets at most `most` do their work at once; the others wait, in their order. */
function createTurns(most: number) {
  let free = most;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** One question and its answer. */
async function post(rpc: string, host: string, asked: object, signal: AbortSignal): Promise<unknown> {
  signal.throwIfAborted();
  const cancel = new AbortController();
  const timer = setTimeout(() => cancel.abort(), TIMEOUT_MS);
  signal.addEventListener("abort", () => cancel.abort(), { signal: cancel.signal });
  try {
    const response = await fetch(rpc, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...asked }),
      ...{ credentials: "omit", referrerPolicy: "no-referrer", signal: cancel.signal },
    });
    return readAnswer(host, response.status, await readText(host, response));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    const advice = "Is it up, and may this page connect to it (its CORS headers, the page’s Content-Security-Policy)?";
    throw new Outage(`The chain’s RPC endpoint at ${host} doesn’t answer.`, advice, { cause: error });
  } finally {
    clearTimeout(timer);
    cancel.abort();
  }
}

/** A response's text, no more of it than an answer may have. */
async function readText(host: string, response: Response): Promise<string> {
  const tooMuch = () => new Failure(`The chain’s RPC endpoint at ${host} sends more than ${MOST_ANSWER_BYTES} bytes.`);
  if (Number(response.headers.get("content-length")) > MOST_ANSWER_BYTES) throw tooMuch();
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MOST_ANSWER_BYTES) throw tooMuch(); // what is left of it is given up with the request
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

/** What the node says; providers answer with all kinds of status, so an error in words comes first. */
function readAnswer(host: string, status: number, text: string): unknown {
  const answer = parse(text);
  const error = answer?.error;
  if (typeof error === "object" && error !== null) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    const says = String(message).slice(0, 200);
    if (code === 3 || /revert/i.test(says)) throw new Refusal(`The contract refuses: ${says}.`);
    const Kind = BUSY_CODES.includes(code) || isPassing(status) ? Outage : Failure;
    throw new Kind(`The chain’s RPC endpoint at ${host} says: ${says}.`);
  }
  if (status < 200 || status > 299) {
    const Kind = isPassing(status) ? Outage : Failure;
    throw new Kind(`The chain’s RPC endpoint at ${host} answers with HTTP status ${status}.`);
  }
  if (answer?.result === undefined)
    throw new Failure(`What ${host} answers is no JSON-RPC.`, "Is it a chain’s RPC endpoint?");
  return answer.result;
}

function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
