// Checks that the receipt is about this token's request, and was signed by the key that may attest for its model.
import { type Address, type Hex, recoverTypedDataAddress } from "viem";
import type { Receipt } from "../inference/answer.ts";
import { type Check, compare, fails, holds, type Outcome } from "./check.ts";

/** EIP-712 type of a receipt, as design and hub have it. */
export const RECEIPT_TYPES = {
  Receipt: [
    { name: "requestId", type: "bytes32" },
    { name: "modelId", type: "bytes32" },
    { name: "inputHash", type: "bytes32" },
    { name: "outputHash", type: "bytes32" },
    { name: "contentHash", type: "bytes32" },
    { name: "issuedAt", type: "uint64" },
  ],
} as const;

/** EIP-712 domain of a hub's receipts. */
export function receiptDomain(chainId: number, hub: Address) {
  return { name: "Verdigris", version: "1", chainId, verifyingContract: hub } as const;
}

/** A signed receipt, and whose it must be. */
export interface SignedReceipt {
  chainId: number;
  hub: Address;
  receipt: Receipt;
  signature: Hex;
}

/** Whose key signed a receipt (EIP-712), which takes no chain; nothing if the signature is not well formed. */
export function signerOf({ chainId, hub, receipt, signature }: SignedReceipt): Promise<Address | undefined> {
  const domain = receiptDomain(chainId, hub);
  const typed = { domain, types: RECEIPT_TYPES, primaryType: "Receipt", message: receipt, signature } as const;
  return recoverTypedDataAddress(typed).catch(() => undefined);
}

/** Whether a receipt is signed by this key. */
export async function verifyReceipt({ key, ...signed }: SignedReceipt & { key: Address }): Promise<boolean> {
  return (await signerOf(signed))?.toLowerCase() === key.toLowerCase();
}

export const signatureCheck: Check = {
  id: "signature",
  title: "The receipt is signed by the model’s key",
  needs: "acceptance",
  async run({ chainId, hub, token, blueprint, standing, model, answer }) {
    const [{ attestationKey }, { receipt, signature }] = await Promise.all([model(), answer()]);
    const astray = aboutAnother(receipt, token.requestId, blueprint.modelId);
    if (astray) return astray;
    const keyless = signature === "0x" ? WITHOUT_KEY[standing?.held ?? ""] : undefined;
    if (keyless) return holds(keyless);
    const signer = await signerOf({ chainId, hub, receipt, signature });
    if (!signer) return fails("The receipt’s signature is not well formed.", attestationKey, signature);
    return compare(attestationKey, signer, {
      holds: "The signature (EIP-712) leads to the attestation key in the registry.",
      fails: "The signature (EIP-712) leads to another key than the one in the registry.",
    });
  },
};

/** Levels at which an answer may come without a signature, and what it rests on instead. */
const WITHOUT_KEY: Partial<Record<string, string>> = {
  Quorum: "No single key vouches for it: the hub counted equal answers of several operators.",
  Executed: "No key vouches for it: the contract ran the model itself.",
};

function aboutAnother(receipt: Receipt, requestId: Hex, modelId: Hex): Outcome | undefined {
  if (receipt.requestId !== requestId) {
    return fails("The receipt is about another request.", requestId, receipt.requestId);
  }
  return receipt.modelId === modelId
    ? undefined
    : fails("The receipt is about another model.", modelId, receipt.modelId);
}
