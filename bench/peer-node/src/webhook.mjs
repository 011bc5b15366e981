// Alchemy Notify: checks a webhook's signature on its raw body, and finds the requests in it.
import { createHmac, timingSafeEqual } from "node:crypto";
import { decodeAbiParameters, isAddressEqual, parseEventLogs } from "viem";
import { ATTESTED, HUB_ABI, PICTURE_INPUT } from "./abi.mjs";

/** Whether `signature` is the hex HMAC-SHA256 of the raw body. */
export function isSigned(signingKey, body, signature) {
  const expected = createHmac("sha256", signingKey).update(body).digest();
  const given = Buffer.from(signature ?? "", "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The picture requests of served consumers in a webhook of type `GRAPHQL`. */
export function requestsIn(body, { hub, consumers }) {
  const { type, event } = JSON.parse(body.toString("utf8"));
  if (type !== "GRAPHQL") return [];
  const logs = event.data.block.logs
    .filter((log) => isAddressEqual(log.account.address, hub))
    .map(({ data, topics }) => ({ address: hub, data, topics }));
  return parseEventLogs({ abi: HUB_ABI, eventName: "InferenceRequested", logs })
    .map(({ args }) => args)
    .filter(({ consumer, level }) => level === ATTESTED && consumers.some((served) => isAddressEqual(served, consumer)))
    .map((args) => ({ ...args, picture: decodeAbiParameters(PICTURE_INPUT, args.input)[0] }));
}
