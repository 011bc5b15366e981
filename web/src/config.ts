// Which chain, contracts and gateway this page shows; the server of the page says so in config.json.
import { Failure } from "@verdigris/sdk";
import { type Address, getAddress, isAddress } from "viem";

/** Where everything is. */
export interface Config {
  chainId: number;
  /** JSON-RPC endpoint of the chain. */
  rpcUrl: string;
  /** The InferenceHub. */
  hub: Address;
  /** The ModelRegistry. */
  registry: Address;
  /** The SeedArt collection. */
  art: Address;
  /** Base address of an IPFS gateway, without `/ipfs`. */
  gateway: string;
}

const ADVICE =
  "The server of this page must answer /config.json with chainId, rpcUrl, hub, registry, art and gateway. `cargo xtask up` does that; docs/how-to/page.md says how others do.";

/** Fetches and checks config.json from the page's own origin. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch(new URL("config.json", document.baseURI), { cache: "no-store" }).catch(() => undefined);
  if (!response) throw new Failure("The server of this page no longer answers.", "Start it again and reload.");
  if (!response.ok)
    throw new Failure("This page doesn’t know which collection to show: config.json is missing.", ADVICE);
  const value: unknown = await response.json().catch(() => undefined);
  return parseConfig(value);
}

/** Checks a config.json's value; names the first field that is wrong. */
export function parseConfig(value: unknown): Config {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Failure("config.json is not a JSON object.", ADVICE);
  }
  const fields = value as Record<string, unknown>;
  return {
    chainId: parseChainId(fields.chainId),
    rpcUrl: parseUrl("rpcUrl", fields.rpcUrl),
    hub: parseAddress("hub", fields.hub),
    registry: parseAddress("registry", fields.registry),
    art: parseAddress("art", fields.art),
    gateway: parseUrl("gateway", fields.gateway).replace(/\/(ipfs\/?)?$/, ""),
  };
}

function parseChainId(value: unknown): number {
  const id = typeof value === "string" ? Number(value) : value;
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id <= 0) {
    throw new Failure("In config.json, chainId is not a chain’s number.", ADVICE);
  }
  return id;
}

function parseUrl(name: string, value: unknown): string {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Failure(`In config.json, ${name} is not an http(s) address.`, ADVICE);
  }
  // As index.html's policy has it, which would only say that nobody answers.
  if (url.protocol === "https:" || ["127.0.0.1", "localhost"].includes(url.hostname)) return value as string;
  const reason = `In config.json, ${name} is on ${url.hostname} without TLS.`;
  throw new Failure(
    reason,
    "This page asks addresses with https:, and those of this machine: 127.0.0.1 and localhost.",
  );
}

function parseAddress(name: string, value: unknown): Address {
  if (typeof value === "string" && isAddress(value, { strict: false })) return getAddress(value);
  throw new Failure(`In config.json, ${name} is not a contract’s address.`, ADVICE);
}
