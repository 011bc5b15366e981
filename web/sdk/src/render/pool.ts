// The drawing workers: they are started when there is something to do for them, and whichever is idle takes the next
// piece of the first job that has one. So pictures are finished in the order asked for, and nobody waits for the last
// rows of one while there is another; small pictures are drawn by one worker each, which prepares for them once.
import { Failure } from "../failure.ts";
import type { Job } from "./job.ts";
import type { Delivery, Order } from "./messages.ts";

/** One worker. */
interface Hand {
  worker: Worker;
  isReady: boolean;
  /** The job that it works for now. */
  serves: Job | undefined;
  /** The job whose drawing it has. */
  holds: Job | undefined;
}

/** Workers, and the jobs that they share. */
export interface Pool {
  /** Starts all workers. */
  staff(): void;
  /** Begins a job: after those that are there, but before any of a higher rank. */
  add(job: Job): void;
  /** Gives a job up at once, unless it is settled; what workers still deliver of it is left lying. */
  drop(job: Job, reason: unknown): void;
}

/** At most `limit` workers; none is started yet. */
export function createPool(limit: number): Pool {
  const hands: Hand[] = [];
  const jobs: Job[] = [];
  let broken: Failure | undefined;

  const end = (job: Job) => {
    if (!jobs.includes(job)) return;
    jobs.splice(jobs.indexOf(job), 1);
    for (const hand of hands) if (hand.holds === job) hold(hand, undefined);
  };
  const drop: Pool["drop"] = (job, reason) => {
    end(job);
    job.reject(reason);
  };
  const handOut = () => {
    for (const hand of hands) {
      const [job, other] = jobs.filter((job) => job.hasWork());
      // Where there is more to do, nobody has to share: each begins a picture of its own.
      if (job && hand.isReady && !hand.serves) give(hand, job, other ? 1 : limit);
    }
    if (jobs.some((job) => job.hasWork())) staff();
  };
  const staff = () => {
    while (hands.length < limit) hands.push(hire());
  };
  const take = (hand: Hand, delivery: Delivery) => {
    const job = hand.serves;
    hand.serves = undefined;
    if (delivery.kind === "ready") hand.isReady = true;
    if (!job || !jobs.includes(job)) return;
    try {
      if (job.take(delivery)) end(job);
    } catch (error) {
      drop(job, error);
    }
  };
  const breakDown = () => {
    broken = new Failure(
      "The renderer doesn’t start in this browser.",
      "It needs WebAssembly with SIMD (2023 or newer).",
    );
    for (const { worker } of hands) worker.terminate();
    for (const job of [...jobs]) drop(job, broken);
  };
  const hire = (): Hand => {
    const worker = new Worker(new URL("./painter.worker.ts", import.meta.url), { type: "module", name: "painter" });
    const hand: Hand = { worker, isReady: false, serves: undefined, holds: undefined };
    worker.onmessage = ({ data }: MessageEvent<Delivery>) => {
      take(hand, data);
      handOut();
    };
    worker.onerror = breakDown;
    return hand;
  };
  return {
    staff,
    add(job) {
      if (broken) return job.reject(broken);
      const after = jobs.findIndex((other) => other.rank > job.rank);
      jobs.splice(after >= 0 ? after : jobs.length, 0, job);
      handOut();
    },
    drop,
  };
}

function give(hand: Hand, job: Job, workers: number): void {
  if (hand.holds !== job) hold(hand, job);
  hand.serves = job;
  const order = job.next(workers);
  send(hand, order, order.kind === "prove" ? [order.rgba.buffer] : []);
}

function hold(hand: Hand, job: Job | undefined): void {
  hand.holds = job;
  send(hand, { kind: "hold", drawing: job?.drawing });
}

function send({ worker }: Hand, order: Order, transfer: Transferable[] = []): void {
  worker.postMessage(order, transfer);
}
