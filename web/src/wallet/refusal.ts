// Why a transaction wasn’t sent, in words for whoever wanted it.
import { asFailure, Failure, revertOf } from "@verdigris/sdk";

/** EIP-1193: the reader said no. */
const DECLINED = 4001;

const REVERTS: Record<string, string> = {
  SoldOut: "Every piece of this collection is minted.",
  WrongPrice: "The price has changed. Reload the page to see the new one.",
  FeeTooLow: "The fee has changed. Reload the page to see the new one.",
  UnreachableLevel: "This model can’t reach that level.",
  LevelNotHigher: "The answer holds that level already.",
  NotRaisable: "The answer can’t be raised now. Somebody may be raising it already.",
};

/** Any error of a sent transaction as a `Failure`; none if it was the reader who declined. */
export function refusalOf(error: unknown): Failure | undefined {
  if (causes(error).some(({ code }) => code === DECLINED)) return undefined;
  const reverted = revertOf(error);
  const words = reverted && (REVERTS[reverted] ?? `The contract refuses: ${reverted}.`);
  if (words) return new Failure(words, "", { cause: error });
  if (
    causes(error).some(({ name, message }) => name === "InsufficientFundsError" || /insufficient funds/i.test(message))
  ) {
    return new Failure("The account holds less than this costs with the network’s fee.", "", { cause: error });
  }
  return asFailure(error);
}

function causes(error: unknown): (Error & { code?: unknown })[] {
  const found: Error[] = [];
  for (let at = error; at instanceof Error && found.length < 16; at = at.cause) found.push(at);
  if (found.length === 0 && typeof error === "object" && error !== null && "code" in error) {
    found.push(Object.assign(new Error(String((error as { message?: unknown }).message ?? "")), { code: error.code }));
  }
  return found;
}
