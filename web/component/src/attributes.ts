// Reads the element's attributes: which token, from where, how large; and says what is wrong with them.
import { Failure } from "../../sdk/src/failure.ts";

/** The attributes that the element looks at. */
export const ATTRIBUTES = ["chain", "contract", "token-id", "rpc", "epoch", "size"] as const;
/** A side of the largest smooth picture that the renderer draws. */
export const MOST_SIZE = 2048;
const MOST_EPOCH = 2 ** 16 - 1;

/** Which token is wanted. */
export interface Wanted {
  /** EIP-155 chain id. */
  chain: number;
  /** The collection, a SeedArt contract. */
  contract: `0x${string}`;
  tokenId: bigint;
  /** Address of a node of that chain. */
  rpc: string;
  /** How often the token had evolved when it looked like this; its present epoch, if it isn't given. */
  epoch: number | undefined;
}

/** Reads attributes through `get`; relative addresses are counted from `base`. */
export function readAttributes(get: (name: string) => string | null, base: string): Wanted {
  const missing = ["chain", "contract", "token-id", "rpc"].filter((name) => !get(name)?.trim());
  if (missing.length > 0) throw new Failure(`<verdigris-art> needs the attribute ${missing.join(", ")}.`);
  const contract = textOf(get, "contract");
  if (!/^0x[0-9a-f]{40}$/i.test(contract))
    throw wrong("contract", contract, "an address, 0x and 40 hexadecimal digits");
  return {
    chain: Number(numberOf(get, "chain", 1n, BigInt(Number.MAX_SAFE_INTEGER))),
    contract: contract.toLowerCase() as `0x${string}`,
    tokenId: numberOf(get, "token-id", 0n, 2n ** 256n - 1n),
    rpc: rpcOf(textOf(get, "rpc"), base),
    epoch: isGiven(get, "epoch") ? Number(numberOf(get, "epoch", 0n, BigInt(MOST_EPOCH))) : undefined,
  };
}

/** Width and height of the drawing in pixels, if they are given. */
export function readSize(get: (name: string) => string | null): number | undefined {
  return isGiven(get, "size") ? Number(numberOf(get, "size", 1n, BigInt(MOST_SIZE))) : undefined;
}

function isGiven(get: (name: string) => string | null, name: string): boolean {
  return textOf(get, name) !== "";
}

function textOf(get: (name: string) => string | null, name: string): string {
  return get(name)?.trim() ?? "";
}

function numberOf(get: (name: string) => string | null, name: string, least: bigint, most: bigint): bigint {
  const text = textOf(get, name);
  const value = /^[0-9]{1,78}$/.test(text) ? BigInt(text) : undefined; // 2²⁵⁶ has 78 digits
  if (value !== undefined && value >= least && value <= most) return value;
  throw wrong(
    name,
    text,
    most > MOST_EPOCH ? "a whole number in decimal digits" : `a whole number from ${least} to ${most}`,
  );
}

function rpcOf(text: string, base: string): string {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw wrong("rpc", text, "an address of a node, https://… or http://…");
  if (url.username || url.password)
    throw wrong("rpc", url.host, "an address without a name and password, which browsers refuse");
  return url.href;
}

function wrong(name: string, got: string, expected: string): Failure {
  const shown = got.length > 80 ? `${got.slice(0, 80)}…` : got;
  return new Failure(`The attribute ${name} must be ${expected}, not “${shown}”.`);
}
