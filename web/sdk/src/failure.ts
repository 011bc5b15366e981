// What is said when something outside doesn't work: a sentence on what is wrong, and one on what to do.
import { BaseError, ContractFunctionRevertedError, HttpRequestError, TimeoutError } from "viem";

/** A failure in human words. */
export class Failure extends Error {
  /** What the reader can do about it; may be empty. */
  readonly advice: string;

  constructor(message: string, advice = "", options?: ErrorOptions) {
    super(message, options);
    this.name = "Failure";
    this.advice = advice;
  }
}

/** Any thrown value as a `Failure`; what is already one stays as it is. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof BaseError) {
    const endpoint = unreachable(error);
    const message = endpoint ? `The chain’s RPC endpoint at ${endpoint} doesn’t answer.` : sentence(error.shortMessage);
    return new Failure(message, "", { cause: error });
  }
  if (error instanceof Error) return new Failure(sentence(error.message), "", { cause: error });
  return new Failure(sentence(String(error)));
}

/** True if the work was cancelled by who asked for it, which is nothing to tell them. */
export function isCancelled(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** The name of the error with which a contract refused a call, if that is what went wrong. */
export function revertOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ContractFunctionRevertedError) return at.data?.errorName;
  }
  return undefined;
}

/** The host that didn't answer, if that is what went wrong. */
function unreachable(error: BaseError): string | undefined {
  const cause = error.walk((cause) => cause instanceof HttpRequestError || cause instanceof TimeoutError);
  return cause instanceof HttpRequestError || cause instanceof TimeoutError ? new URL(cause.url).host : undefined;
}

function sentence(text: string): string {
  const [first = "", second = ""] = text.split("\n").map((line) => line.trim());
  const line = (first.endsWith(":") ? `${first} ${second}`.trim() : first) || "Something went wrong";
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
