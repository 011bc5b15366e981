// What went wrong, in words for whoever looks at the page.
import { Failure } from "../../sdk/src/failure.ts";

/** Any thrown value as a sentence, and one on what to do if there is one. */
export function wordsOf(error: unknown): string {
  if (error instanceof Failure && error.advice) return `${error.message} ${error.advice}`;
  return error instanceof Error ? error.message : String(error);
}
