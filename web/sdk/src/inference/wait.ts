// Waits for an answer, and tells how it comes along.
import type { Client } from "viem";
import { getBlock } from "viem/actions";
import { Failure } from "../failure.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { isAbove, type Level } from "./level.ts";
import { hasLapsed, type RequestParameters, readStanding, type Standing, Status, standingKey } from "./standing.ts";

/** How often the chain is asked unless the caller says otherwise, in milliseconds. */
const INTERVAL_MS = 1_000;

/** Which answer is waited for, and how. */
export interface WaitForInferenceParameters extends RequestParameters {
  /** The level that the answer must hold; what was asked for unless it is given. */
  level?: Level;
  /** Called when it is known where the request stands, and each time that changes. */
  onProgress?: (standing: Standing) => void;
  /** Milliseconds between two questions to the chain. */
  pollingInterval?: number;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

/** An answer that stands. */
export interface Inference extends Answer {
  /** The level that it holds. */
  level: Level;
}

/**
 * Waits until a request's answer holds its level. Throws a `Failure` once that can't come any more: the request expired,
 * or its answer was refuted.
 */
export async function waitForInference(
  client: Client,
  { hub, requestId, onProgress, pollingInterval = INTERVAL_MS, signal, ...wanted }: WaitForInferenceParameters,
): Promise<Inference> {
  let last = "";
  for (;;) {
    signal?.throwIfAborted();
    const standing = await readStanding(client, { hub, requestId });
    if (standingKey(standing) !== last) onProgress?.(standing);
    last = standingKey(standing);
    refuseHopeless(standing, wanted.level);
    const { held } = standing;
    if (held && !isAbove(wanted.level ?? standing.asked, held)) {
      return { level: held, ...(await readAnswer(client, { hub, requestId })) };
    }
    await refuseLapsed(client, standing);
    await pause(pollingInterval, signal);
  }
}

function refuseHopeless(standing: Standing, wanted: Level | undefined): void {
  const { status, asked, held } = standing;
  if (status === Status.Unknown) throw new Failure("The hub knows no such request.");
  if (status === Status.Expired) throw new Failure("The request expired without an answer.", "Its fee was refunded.");
  if (status === Status.Refuted) throw new Failure("Evidence of a higher level contradicts the answer.");
  if (!wanted || !held || !isAbove(wanted, held)) return;
  if (!isAbove(asked, held)) {
    throw new Failure(`The answer holds level ${held}, and nobody asked for ${wanted}.`, "Raise it first.");
  }
}

/** By the chain's clock, which is the one that counts. */
async function refuseLapsed(client: Client, standing: Standing): Promise<void> {
  const { asked, held } = standing;
  if (!held || !isAbove(asked, held)) return;
  const { timestamp } = await getBlock(client);
  if (hasLapsed(standing, timestamp))
    throw new Failure(`No evidence of level ${asked} came in time.`, "Raise it again.");
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}
