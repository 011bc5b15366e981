// Settings, from the environment. The names are those of the variables in spin.toml.
import { getAddress, isHex } from "viem";

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing; set it`);
  return value;
}

function key(name) {
  const value = required(name);
  const hex = value.startsWith("0x") ? value : `0x${value}`;
  if (!isHex(hex) || hex.length !== 66) throw new Error(`${name} is not a key of 32 bytes in hexadecimal`);
  return hex;
}

/** Reads all settings. */
export function readSettings() {
  return {
    port: Number(process.env.PORT ?? 0),
    model: required("MODEL"),
    chainId: Number(required("CHAIN_ID")),
    rpcUrl: required("RPC_URL"),
    kuboUrl: required("KUBO_URL"),
    hub: getAddress(required("HUB")),
    consumers: required("CONSUMERS")
      .split(",")
      .map((address) => getAddress(address.trim())),
    signingKey: required("ALCHEMY_SIGNING_KEY"),
    attestationKey: key("ATTESTATION_KEY"),
    senderKey: key("SENDER_KEY"),
    concurrency: Number(process.env.CONCURRENCY ?? 4),
  };
}
