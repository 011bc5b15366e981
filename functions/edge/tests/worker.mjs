// The built Workers in workerd, with the bindings that each wrangler.toml names.
import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { unstable_readConfig } from "wrangler";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Where `cargo xtask build cloudflare` puts the Worker, the one that runs ONNX files, and the one that asks servers. */
export const BUILT = `${root}target/cloudflare`;
const BUILT_ONNX = `${root}target/cloudflare-onnx`;
const BUILT_REMOTE = `${root}target/cloudflare-remote`;
/** What only the Worker that asks servers is told, beside its variables. */
const REMOTE_SECRETS = ["WORKER_TOKEN", "WORKER_SECRET"];

export const SIGNING_KEY = "whsk_test_of_the_worker";
export const SWEEP_TOKEN = "token_of_the_timer";
export const HUB = `0x${"11".repeat(20)}`;
export const ART = `0x${"22".repeat(20)}`;

/** Settings of a deployment whose chain can't be reached. */
export const SETTINGS = {
  CHAIN_ID: "31337",
  HUB,
  CONSUMERS: ART,
  RPC_URL: "http://127.0.0.1:9",
  RPC_URL_FALLBACK: "",
  RPC_URL_THIRD: "",
  START_BLOCK: "0",
  PINNERS: "embedded",
  ALCHEMY_SIGNING_KEY: SIGNING_KEY,
  SWEEP_TOKEN,
  // Keys of the development chain's accounts, worth nothing anywhere else.
  SENDER_KEY: "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
  ATTESTATION_KEY: "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
};

/**
 * Starts the Worker, and those that it has bindings to.
 * @param {{ settings?: Record<string, string>, persist?: string, port?: number, maxRetries?: number, log?: (line: string) => void }} options
 */
export async function start({ settings = {}, persist, port = 0, maxRetries, log } = {}) {
  if (!existsSync(`${BUILT}/worker.mjs`)) throw new Error(`no ${BUILT}; run \`cargo xtask build cloudflare\``);
  const config = unstable_readConfig({ config: `${root}wrangler.toml` });
  const onnx = unstable_readConfig({ config: `${root}functions/onnx/edge/wrangler.toml` });
  const remote = unstable_readConfig({ config: `${root}functions/remote/edge/wrangler.toml` });
  const ofRemote = ([name]) => name in remote.vars || REMOTE_SECRETS.includes(name);
  const entries = Object.entries(settings);
  const own = Object.fromEntries(entries.filter((entry) => !ofRemote(entry)));
  const [jobs] = config.queues.consumers;
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port,
    cf: false,
    defaultPersistRoot: persist,
    handleRuntimeStdio: (out, err) => {
      for (const stream of [out, err]) stream.on("data", (data) => log?.(String(data)));
    },
    workers: [
      {
        ...code(config, BUILT),
        bindings: { ...config.vars, ...SETTINGS, ...own },
        serviceBindings: Object.fromEntries(config.services.map(({ binding, service }) => [binding, service])),
        kvNamespaces: config.kv_namespaces.map(({ binding }) => binding),
        durableObjects: Object.fromEntries(
          config.durable_objects.bindings.map(({ name, class_name }) => [
            name,
            { className: class_name, useSQLite: true },
          ]),
        ),
        queueProducers: Object.fromEntries(config.queues.producers.map(({ binding, queue }) => [binding, queue])),
        queueConsumers: {
          [jobs.queue]: {
            maxBatchSize: jobs.max_batch_size,
            maxBatchTimeout: jobs.max_batch_timeout,
            maxRetries: maxRetries ?? jobs.max_retries,
            deadLetterQueue: jobs.dead_letter_queue,
          },
        },
      },
      code(onnx, BUILT_ONNX),
      {
        ...code(remote, BUILT_REMOTE),
        bindings: { ...remote.vars, ...Object.fromEntries(entries.filter(ofRemote)) },
      },
      DEAD_LETTERS,
    ],
  });
  const address = await miniflare.ready;
  return { miniflare, name: config.name, url: address.origin };
}

/** What a Worker is made of, for miniflare. */
function code(config, folder) {
  return {
    name: config.name,
    rootPath: folder,
    scriptPath: `${folder}/worker.mjs`,
    modulesRoot: folder,
    modules: true,
    modulesRules: [
      ...config.rules.map(({ type, globs }) => ({ type, include: globs })),
      { type: "CompiledWasm", include: ["**/*.wasm"] },
    ],
    compatibilityDate: config.compatibility_date,
  };
}

/** Keeps what comes to the dead-letter queue, for tests to look at: GET gives all messages. */
const DEAD_LETTERS = {
  name: "dead-letters",
  modules: true,
  compatibilityDate: "2026-04-01",
  queueConsumers: { "verdigris-jobs-dead": { maxBatchSize: 1, maxBatchTimeout: 0 } },
  script: `
    const letters = [];
    export default {
      fetch: () => Response.json(letters),
      queue: (batch) => { letters.push(...batch.messages.map((message) => message.body)); },
    };`,
};

/** Lower-case hex HMAC-SHA256 of the raw body, as Alchemy signs. */
export function sign(body, key = SIGNING_KEY) {
  return createHmac("sha256", key).update(body).digest("hex");
}

/** A delivery of Alchemy's with these logs (`{ address, topics, data }`) of one block. */
export function delivery(logs, block = 7) {
  return JSON.stringify({
    webhookId: "wh_test",
    id: "whevt_test",
    createdAt: new Date().toISOString(),
    type: "GRAPHQL",
    event: {
      data: {
        block: {
          hash: `0x${"ab".repeat(32)}`,
          number: block,
          timestamp: Math.floor(Date.now() / 1000),
          logs: logs.map(({ address, topics, data }, index) => ({
            data,
            topics,
            index,
            account: { address },
            transaction: { hash: `0x${"cd".repeat(32)}` },
          })),
        },
      },
      sequenceNumber: "1",
    },
  });
}

/** Sends a webhook; gives the status and what it answered. */
export async function send(url, body, signature = sign(body)) {
  const headers = { "content-type": "application/json", "x-alchemy-signature": signature };
  const response = await fetch(`${url}/webhooks/alchemy`, { method: "POST", headers, body });
  return { status: response.status, answer: await response.json() };
}

const word = (number) => `0x${BigInt(number).toString(16).padStart(64, "0")}`;

/** The collection's log that a token's seed is to be drawn: `SeedRequested(uint256 indexed tokenId, uint64 drawBlock)`. */
export function seedRequested(token, drawBlock, address = ART) {
  const topic = "0x95f022b3ae8743e325c5d818a31919d47a36dd78be9d92e460e8053866d1f03a";
  return { address, topics: [topic, word(token)], data: word(drawBlock) };
}
