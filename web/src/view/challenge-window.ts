// While an answer is bonded: until when it can be challenged, with the time running out.
import type { Proposal } from "@verdigris/sdk";
import { formatEther } from "viem";
import { h } from "./element.ts";
import { code } from "./short.ts";

/** The challenge window's place on the label. */
export interface ChallengeWindow {
  element: HTMLElement;
  /** Shows the window of a bonded answer; `lead` is how many seconds the chain's clock is ahead of this computer's. */
  show(proposal: Proposal, lead: number): void;
  hide(): void;
}

/** A window that is not there yet. */
export function createChallengeWindow(): ChallengeWindow {
  const until = h("time");
  const lead = h("strong", { class: "until" });
  // A timer isn't read out at every tick; the date beside it says the same.
  const left = h("span", { class: "left", role: "timer" });
  const bar = h("progress", { "aria-hidden": "true" });
  const bond = h("p", { class: "bond" });
  const element = h("section", { class: "window", "aria-label": "Challenge window", hidden: true });
  element.append(h("p", { class: "line" }, lead, left), bar, bond);
  let timer: ReturnType<typeof setInterval> | undefined;

  const hide = () => {
    clearInterval(timer);
    element.hidden = true;
  };
  const show: ChallengeWindow["show"] = (proposal, ahead) => {
    hide();
    const end = Number(proposal.finalAfter);
    const span = Math.max(1, Number(proposal.window));
    until.dateTime = new Date(end * 1000).toISOString();
    until.replaceChildren(formatTime(end));
    bond.replaceChildren(`${formatEther(proposal.bond)} ETH at stake, put up by `, code(proposal.proposer));
    bar.max = span;
    const tick = () => {
      const seconds = Math.ceil(end - Date.now() / 1000 - ahead);
      bar.value = Math.min(span, Math.max(0, span - seconds));
      lead.replaceChildren(...(seconds > 0 ? ["Can be challenged until ", until] : ["Unchallenged"]));
      left.replaceChildren(seconds > 0 ? `${formatSpan(seconds)} left` : "becomes final with the next step");
      if (seconds <= 0) clearInterval(timer);
    };
    timer = setInterval(tick, 1000);
    tick();
    element.hidden = false;
  };
  return { element, show, hide };
}

/** A moment (Unix seconds) by the reader's clock: the time today, the date as well on other days. */
export function formatTime(unix: number): string {
  const moment = new Date(unix * 1000);
  const time = moment.toLocaleTimeString("en-GB");
  if (moment.toDateString() === new Date().toDateString()) return time;
  return `${moment.toLocaleDateString("en-GB", { day: "numeric", month: "long" })}, ${time}`;
}

/** Seconds as a person counts them: the two largest units. */
export function formatSpan(seconds: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const first = units.findIndex(([, length]) => seconds >= length);
  const shown = first < 0 ? units.slice(-1) : units.slice(first, first + 2);
  let rest = seconds;
  const parts = shown.map(([name, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return `${count} ${name}`;
  });
  return parts.join(" ");
}
