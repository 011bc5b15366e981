// What the page says when something outside of it doesn't work: a sentence on what is wrong, and one on what to do.
import { BaseError } from "viem";

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
  if (error instanceof BaseError) return new Failure(sentence(error.shortMessage), "", { cause: error });
  if (error instanceof Error) return new Failure(sentence(error.message), "", { cause: error });
  return new Failure(sentence(String(error)));
}

/** True if the work was cancelled by us, which is nothing to tell the reader. */
export function isCancelled(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function sentence(text: string): string {
  const line = text.split("\n")[0]?.trim() || "Something went wrong";
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
