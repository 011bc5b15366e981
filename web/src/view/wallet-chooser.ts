// Asks the reader which wallet is to send a transaction; asked once, the choice holds until something fails with it.
import { asFailure, type Sender } from "@verdigris/sdk";
import type { Client } from "viem";
import type { Config } from "../config.ts";
import { refusalOf } from "../wallet/refusal.ts";
import { findWallets, type Wallet } from "../wallet/wallet.ts";
import { h } from "./element.ts";

/**
 * Does something with the reader's wallet, after asking for one if need be; nothing if the reader closes the question.
 * Throws what the wallet or the deed has against it; then the next time another wallet can be chosen.
 */
export type WithWallet = <T>(act: (sender: Sender) => Promise<T>) => Promise<T | undefined>;

/** A chooser that hasn't asked yet. */
export function createWalletChooser(config: Config, client: Client): WithWallet {
  let chosen: Wallet | undefined;
  let dialog: Dialog | undefined;
  const ask = async () => {
    if (!dialog) {
      dialog = createDialog();
      findWallets(config, client, dialog.add);
    }
    const choice = await dialog.ask();
    chosen = choice?.wallet;
    return choice?.sender;
  };
  return async (act) => {
    try {
      const sender = await (chosen ? chosen.connect() : ask());
      return sender && (await act(sender));
    } catch (error) {
      chosen = undefined;
      throw error;
    }
  };
}

interface Choice {
  wallet: Wallet;
  sender: Sender;
}

interface Dialog {
  add(wallet: Wallet): void;
  ask(): Promise<Choice | undefined>;
}

function createDialog(): Dialog {
  const list = h("ul", { class: "wallets" });
  const none = h("p", { class: "none" }, "This browser has no wallet that answers. Install one, and reload the page.");
  const trouble = h("p", { class: "refused", role: "alert" });
  const close = h("button", { class: "quiet", type: "button" }, "Cancel");
  const element = h("dialog", { class: "chooser-dialog", "aria-labelledby": "wallets" });
  element.append(h("h2", { id: "wallets" }, "Which wallet?"), list, none, trouble, close);
  document.body.append(element);
  close.addEventListener("click", () => element.close());
  let settle: ((choice: Choice | undefined) => void) | undefined;
  element.addEventListener("close", () => settle?.(undefined));

  const choose = async (wallet: Wallet, button: HTMLButtonElement) => {
    trouble.replaceChildren();
    button.setAttribute("aria-busy", "true");
    try {
      settle?.({ wallet, sender: await wallet.connect() });
      element.close();
    } catch (error) {
      trouble.replaceChildren((refusalOf(error) ?? asFailure("You declined in the wallet.")).message);
    } finally {
      button.removeAttribute("aria-busy");
    }
  };
  return {
    add(wallet) {
      none.hidden = true;
      const icon = h("img", { src: wallet.icon, alt: "", width: 28, height: 28 });
      const name = h("span", {}, wallet.name, wallet.note && h("small", {}, wallet.note));
      const button = h("button", { type: "button" }, wallet.icon ? icon : h("span", { class: "no-icon" }), name);
      button.addEventListener("click", () => void choose(wallet, button));
      list.append(h("li", {}, button));
    },
    ask: () =>
      new Promise((resolve) => {
        settle = resolve;
        trouble.replaceChildren();
        element.showModal();
      }),
  };
}
