// The accounts that can send transactions for the reader: a wallet's, or a local chain's own.
import { Failure, type Sender } from "@verdigris/sdk";
import {
  type Address,
  type Chain,
  type Client,
  createClient,
  custom,
  defineChain,
  type EIP1193Provider,
  http,
  numberToHex,
} from "viem";
import { getAddresses, getChainId, requestAddresses } from "viem/actions";
import type { Config } from "../config.ts";
import { type Announced, discoverWallets } from "./discover.ts";

/** Something that can send transactions, once the reader has chosen it. */
export interface Wallet {
  name: string;
  icon: string | undefined;
  /** What it is, where its name doesn’t say it. */
  note: string;
  /**
   * Who sends: the wallet's present account, on the configured chain. The wallet asks the reader where it has to. For each
   * transaction anew, since both may change at any time.
   */
  connect(): Promise<Sender>;
}

/** Chain 31337 is everybody’s local development chain. */
const LOCAL_CHAIN = 31337;
/** EIP-3326 and EIP-3085: the wallet doesn’t know this chain. */
const UNKNOWN_CHAIN = 4902;

/** Calls `onWallet` for each wallet in this browser, and for a local chain’s unlocked account. */
export function findWallets(config: Config, client: Client, onWallet: (wallet: Wallet) => void): void {
  discoverWallets((announced) => onWallet(installed(announced, config)));
  void unlockedAccount(config, client).then((account) => account && onWallet(unlocked(account, config)));
}

function installed({ name, icon, provider }: Announced, config: Config): Wallet {
  const connect = async (): Promise<Sender> => {
    const transport = custom(provider);
    const [account] = await requestAddresses(createClient({ transport }));
    if (!account) throw new Failure(`${name} has handed out no account.`);
    await switchChain(provider, config, name);
    return createClient({ account, chain: chainOf(config), transport });
  };
  return { name, icon, note: "", connect };
}

/** Has the wallet speak for the configured chain; it asks the reader, and learns of the chain if it doesn’t know it. */
async function switchChain(provider: EIP1193Provider, config: Config, name: string): Promise<void> {
  const isThere = async () => (await getChainId(createClient({ transport: custom(provider) }))) === config.chainId;
  if (await isThere()) return;
  const chainId = numberToHex(config.chainId);
  try {
    await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
  } catch (error) {
    if ((error as { code?: unknown } | undefined)?.code !== UNKNOWN_CHAIN) throw error;
    const { name: chainName, nativeCurrency } = chainOf(config);
    const params = [{ chainId, chainName, nativeCurrency, rpcUrls: [config.rpcUrl] }] as const;
    await provider.request({ method: "wallet_addEthereumChain", params: [...params] });
  }
  if (await isThere()) return;
  throw new Failure(`${name} speaks for another chain than ${config.chainId}.`, "Switch it, and try again.");
}

/** The configured chain, as viem knows chains: it sends nothing if the wallet is on another one by then. */
function chainOf({ chainId, rpcUrl }: Config): Chain {
  const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
  const rpcUrls = { default: { http: [rpcUrl] } };
  return defineChain({ id: chainId, name: `Chain ${chainId}`, nativeCurrency, rpcUrls });
}

function unlocked(account: Address, config: Config): Wallet {
  const transport = http(config.rpcUrl, { retryCount: 0 });
  const connect = async () => createClient({ account, chain: chainOf(config), transport });
  return { name: "Local account", icon: undefined, note: "unlocked on this development chain", connect };
}

/** The last account of a local chain, if this is one: the first ones are for deploying and answering. */
async function unlockedAccount({ chainId, rpcUrl }: Config, client: Client): Promise<Address | undefined> {
  if (chainId !== LOCAL_CHAIN || !isLoopback(new URL(rpcUrl).hostname)) return undefined;
  return (await getAddresses(client).catch(() => [])).at(-1);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
