// Sends transactions of one account: many at a time, with nonces that are counted here.
import { createPublicClient, createWalletClient, encodeFunctionData, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { HUB_ABI } from "./abi.mjs";

/** Fees are asked for once in so many milliseconds: about a block's time. */
const FEES_MS = 1000;

/** Connects to the chain; gives a function that answers a request on the hub, and resolves to the transaction's hash. */
export async function connectSender({ rpcUrl, chainId, hub, senderKey }) {
  const chain = {
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  };
  const setup = { chain: { ...chain, rpcUrls: { default: { http: [rpcUrl] } } }, transport: http(rpcUrl) };
  const account = privateKeyToAccount(senderKey);
  const node = createPublicClient(setup);
  const wallet = createWalletClient({ ...setup, account });

  const pendingNonce = () => node.getTransactionCount({ address: account.address, blockTag: "pending" });
  let nonce = await pendingNonce();
  let fees = { at: -FEES_MS, asked: undefined };

  function currentFees() {
    if (performance.now() - fees.at > FEES_MS) fees = { at: performance.now(), asked: node.estimateFeesPerGas() };
    return fees.asked;
  }

  return async (receipt, output, signature) => {
    const data = encodeFunctionData({ abi: HUB_ABI, functionName: "fulfil", args: [receipt, output, signature] });
    const [gas, { maxFeePerGas, maxPriorityFeePerGas }] = await Promise.all([
      node.estimateGas({ account: account.address, to: hub, data }),
      currentFees(),
    ]);
    try {
      const call = { to: hub, data, gas: (gas * 5n) / 4n, maxFeePerGas, maxPriorityFeePerGas, nonce: nonce++ };
      const raw = await account.signTransaction({ ...call, type: "eip1559", chainId });
      return await wallet.sendRawTransaction({ serializedTransaction: raw });
    } catch (error) {
      nonce = await pendingNonce();
      throw error;
    }
  };
}
