// Reads what the chain knows of a token, at its present epoch or a past one.
import { Failure } from "../../sdk/src/failure.ts";
import { type Level, levelOf } from "../../sdk/src/inference/level.ts";
import { Status } from "../../sdk/src/inference/standing.ts";
import { toBytes } from "../../sdk/src/render/hex.ts";
import type { Drawing } from "../../sdk/src/render/messages.ts";
import { type Search, search } from "../../sdk/src/search.ts";
import { Stage } from "../../sdk/src/token/token.ts";
import { decode, encodeWord, type Struct, type Values } from "./abi.ts";
import type { Wanted } from "./attributes.ts";
import { CALLS, EVENTS } from "./generated/calls.ts";
import { type Client, Outage, Refusal } from "./rpc.ts";

/** Where the hub's request stands: its status, and the level of the answer if one stands. */
export interface Standing {
  status: number;
  held: Level | undefined;
}

/** What the chain knows of a token at an epoch. */
export interface Token {
  chainId: number;
  epoch: number;
  /** Whether the seed is drawn, without which there is no picture. */
  hasSeed: boolean;
  /** Whether its picture was answered; always so for a past epoch. */
  isAnswered: boolean;
  blueprint: Struct<(typeof CALLS.blueprint.outputs)[0]["components"]>;
  /** The block whose hash became the seed: whatever happened to the picture came later. */
  drawBlock: bigint;
  requestId: `0x${string}`;
  /** The pixel root that the collection keeps; it keeps none of past epochs. */
  pixelRoot: `0x${string}` | undefined;
}

/** What the chain knows of a token now. */
export async function readToken(client: Client, wanted: Wanted, signal: AbortSignal): Promise<Token> {
  const { chain, tokenId } = wanted;
  const chainId = await client.chainId();
  if (chainId !== chain) throw new Failure(`The node at ${client.host} is of chain ${chainId}, not of chain ${chain}.`);
  const [blueprint, token] = await readNow(client, wanted, signal);
  const { drawBlock, requestId, pixelRoot } = token;
  const present = epochOf(blueprint.traits);
  const epoch = wanted.epoch ?? present;
  if (epoch > present)
    throw new Failure(`Token no. ${tokenId} has come to epoch ${present}, not yet to epoch ${epoch}.`);
  const hasSeed = token.stage !== Stage.Minted;
  const isAnswered = token.stage === Stage.Fulfilled;
  if (epoch === present) return { chainId, epoch, hasSeed, isAnswered, blueprint, drawBlock, requestId, pixelRoot };
  const [traits, past] = await Promise.all([
    ask(client, wanted.contract, "traitsAt", [tokenId, epoch], signal),
    ask(client, wanted.contract, "requestOfEpoch", [tokenId, epoch], signal),
  ]);
  const then = { blueprint: { ...blueprint, traits: traits[0] }, requestId: past[0], pixelRoot: undefined };
  return { chainId, epoch, hasSeed, isAnswered: true, drawBlock, ...then };
}

async function readNow(client: Client, { contract, tokenId, chain }: Wanted, signal: AbortSignal) {
  try {
    const [[blueprint], [token]] = await Promise.all([
      ask(client, contract, "blueprint", [tokenId], signal),
      ask(client, contract, "tokenOf", [tokenId], signal),
    ]);
    if (blueprint.size < 1 || blueprint.size > 4096)
      throw new Failure(`The collection’s pictures have ${blueprint.size} pixels a side.`);
    if (token.stage > Stage.Fulfilled)
      throw new Failure(`The token is at stage ${token.stage}, which this element doesn’t know.`);
    return [blueprint, token] as const;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const where = `The contract ${contract} on chain ${chain}`;
    throw new Failure(`${where} knows no token no. ${tokenId}, or is no collection of Verdigris.`, "", {
      cause: error,
    });
  }
}

/** Where the request for a token's picture stands at the hub that the collection asks. */
export async function readStanding(
  client: Client,
  { contract }: Wanted,
  { requestId }: Token,
  signal: AbortSignal,
): Promise<Standing> {
  const [hub] = await ask(client, contract, "hub", [], signal);
  const [, status] = await ask(client, hub, "requestOf", [requestId], signal);
  if (status !== Status.Answered) return { status, held: undefined };
  const [level] = await ask(client, hub, "levelOf", [requestId], signal);
  return { status, held: levelOf(level) };
}

/** The pixel root that a past epoch's picture was answered with, from the collection's event. */
export async function readPastRoot(
  client: Client,
  { contract, tokenId }: Wanted,
  { drawBlock, requestId }: Token,
  signal: AbortSignal,
): Promise<`0x${string}`> {
  const { topic, fields } = EVENTS.PictureFulfilled;
  const topics = [topic, `0x${encodeWord(tokenId)}`, requestId];
  const asked: Search<unknown> = {
    fromBlock: drawBlock,
    isEarly: true,
    read: async ({ fromBlock, toBlock }) => {
      const filter = { address: contract, fromBlock: toHex(fromBlock), toBlock: toHex(toBlock), topics };
      const logs = await client.request("eth_getLogs", [filter], signal);
      return Array.isArray(logs) ? logs : [];
    },
    head: async () => BigInt(String(await client.request("eth_blockNumber", [], signal))),
    isRefusal: (error) => error instanceof Failure && !(error instanceof Outage),
  };
  const log = await search(asked, (log) => isThat(log, contract, topics));
  if (!log) throw new Failure(`The node at ${client.host} finds no record of that epoch’s answer.`);
  return read("PictureFulfilled", () => decode(fields, (log as Log).data)[0]);
}

function toHex(block: bigint | "latest"): string {
  return block === "latest" ? block : `0x${block.toString(16)}`;
}

interface Log {
  data: string;
}

/** Whether what a node calls a log is the one asked for. */
function isThat(log: unknown, contract: string, topics: readonly string[]): log is Log {
  if (typeof log !== "object" || log === null) return false;
  const found = log as { address?: unknown; topics?: unknown; data?: unknown; removed?: unknown };
  const same = (value: unknown, wanted: string) => typeof value === "string" && value.toLowerCase() === wanted;
  const itsTopics: unknown[] = Array.isArray(found.topics) ? found.topics : [];
  if (found.removed === true || typeof found.data !== "string" || !same(found.address, contract)) return false;
  return itsTopics.length === topics.length && topics.every((topic, at) => same(itsTopics[at], topic));
}

/** What a renderer takes of a token. */
export function drawingOf({ blueprint }: Token): Drawing {
  const { model, stages, seed, traits } = blueprint;
  if (model.length === 0) {
    throw new Failure(
      "The network’s weights are kept off chain, so the picture can’t be redrawn from the chain alone.",
    );
  }
  return { model, stages, seed: toBytes(seed), traits: toBytes(traits) };
}

/** The epoch in packed traits (docs/protocol.md): bytes 22 and 23 of the word. */
function epochOf(traits: string): number {
  return Number.parseInt(traits.slice(2 + 2 * 22, 2 + 2 * 24), 16);
}

type Calls = typeof CALLS;

/** Calls a contract's function, and reads its answer. */
async function ask<N extends keyof Calls>(
  client: Client,
  to: string,
  name: N,
  args: Values<Calls[N]["inputs"]>,
  signal: AbortSignal,
): Promise<Values<Calls[N]["outputs"]>> {
  const { selector, outputs } = CALLS[name];
  const data = selector + (args as readonly (bigint | number | string)[]).map(encodeWord).join("");
  const answer = await client.request("eth_call", [{ to, data }, "latest"], signal);
  if (answer === "0x") throw new Failure(`There is no contract at ${to}, or none that answers “${name}”.`);
  return read(name, () => decode(outputs, String(answer)) as Values<Calls[N]["outputs"]>);
}

function read<T>(name: string, decoded: () => T): T {
  try {
    return decoded();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`What the node says of “${name}” is malformed: ${reason}`, "", { cause: error });
  }
}
