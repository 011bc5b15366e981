// Keeps the page to itself: from now on it talks to its own server, the chain's endpoint and the gateway, and to nobody else.
import type { Config } from "./config.ts";
import { h } from "./view/element.ts";

/**
 * Adds to the page's content-security policy, which can only become stricter by that (CSP level 3, section 3.3). What is
 * written in index.html can't name them: config.json says later where they are.
 */
export function confine({ rpcUrl, gateway }: Config): void {
  const content = `connect-src 'self' ${new URL(rpcUrl).origin} ${gatewaySources(gateway)}`;
  document.head.append(h("meta", { "http-equiv": "Content-Security-Policy", content }));
}

/** A public gateway may send one on to a subdomain of its own, one for each CID. */
function gatewaySources(gateway: string): string {
  const { origin, host, protocol } = new URL(gateway);
  return protocol === "https:" ? `${origin} https://*.${host}` : origin;
}
