// The slider over a piece's epochs, and what is known of the one that it points to.
import { h } from "./element.ts";

/** The slider's place on the page. */
export interface HistoryView {
  element: HTMLElement;
  /** Offers the epochs 0 to `last`; a piece that never evolved has no history to show. */
  offer(last: number): void;
  /** From now on the slider can be moved. */
  enable(): void;
  /** What is known of the epoch that is shown. */
  say(status: "pending" | "holds" | "fails" | "unknown", text: string): void;
}

/** A slider without epochs; `onEpoch` is called when the reader chooses one. */
export function createHistoryView(onEpoch: (epoch: number) => void): HistoryView {
  const slider = h("input", { type: "range", id: "epoch", min: 0, step: 1, disabled: true });
  const label = h("label", { for: "epoch" });
  const says = h("p", { role: "status" });
  const element = h("section", { class: "history", "aria-label": "History", hidden: true }, label, slider, says);
  let last = 0;
  const name = () => {
    const epoch = Number(slider.value);
    const text = epoch === last ? `Epoch ${epoch}, the present one` : `Epoch ${epoch} of ${last}`;
    label.replaceChildren(text);
    slider.setAttribute("aria-valuetext", text);
  };
  slider.addEventListener("input", () => {
    name();
    onEpoch(Number(slider.value));
  });
  return {
    element,
    offer(present) {
      const wasPresent = Number(slider.value) === last || element.hidden;
      last = present;
      slider.max = String(present);
      if (wasPresent) slider.value = String(present);
      element.hidden = present === 0;
      name();
    },
    enable() {
      slider.disabled = false;
    },
    say(status, text) {
      says.dataset.status = status;
      says.replaceChildren(text);
    },
  };
}
