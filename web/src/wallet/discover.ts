// Finds the wallets that this browser has: each announces itself when it is asked (EIP-6963).
import type { EIP1193Provider } from "viem";

/** A wallet that has announced itself. */
export interface Announced {
  /** Tells one announcement from another. */
  uuid: string;
  name: string;
  /** Its picture, inside of a data URI; none if it points anywhere else. */
  icon: string | undefined;
  /** The wallet's domain, backwards: the same at every visit. */
  rdns: string;
  provider: EIP1193Provider;
}

/** A page has room for no more than these. */
const MOST_WALLETS = 12;
const LONGEST_NAME = 40;
/** EIP-6963 asks for 96 × 96 pixels; what is longer is no icon. */
const LONGEST_ICON = 100_000;

/** Asks for wallets, and calls `onWallet` for each, now or when it is loaded. */
export function discoverWallets(onWallet: (wallet: Announced) => void): void {
  const known = new Set<string>();
  window.addEventListener("eip6963:announceProvider", (event) => {
    const wallet = readAnnouncement((event as CustomEvent<unknown>).detail);
    if (!wallet || known.has(wallet.uuid) || known.size >= MOST_WALLETS) return;
    known.add(wallet.uuid);
    onWallet(wallet);
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));
}

/** What an announcement says, if it is one: any script in the page may send anything. */
export function readAnnouncement(detail: unknown): Announced | undefined {
  const { info, provider } = fieldsOf(detail);
  const { uuid, name, icon, rdns } = fieldsOf(info);
  if (typeof uuid !== "string" || typeof name !== "string" || typeof rdns !== "string") return undefined;
  if (!uuid || !name.trim() || typeof fieldsOf(provider).request !== "function") return undefined;
  const isIcon = typeof icon === "string" && icon.startsWith("data:image/") && icon.length <= LONGEST_ICON;
  return {
    ...{ uuid, rdns, icon: isIcon ? icon : undefined },
    name: name.trim().slice(0, LONGEST_NAME),
    provider: provider as EIP1193Provider,
  };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
