// The way from token to token: the one before, the one after, or any by its number.
import { h, part } from "./element.ts";

/** The address of a token's page. */
export function tokenAddress(tokenId: bigint): string {
  return `?token=${tokenId}`;
}

/** Fills the page's navigation; `tokenId` is the token shown, if any. */
export function showNavigation(supply: bigint, tokenId?: bigint): void {
  const steps =
    tokenId === undefined
      ? []
      : [step("←", "Previous token", tokenId - 1n, supply), step("→", "Next token", tokenId + 1n, supply)];
  const mint = h("a", { class: "mint-link", href: "?mint" }, "Mint");
  part("nav").replaceChildren(...(supply > 0n ? [chooser(supply, tokenId)] : []), ...steps, mint);
}

function step(arrow: string, name: string, to: bigint, supply: bigint): HTMLElement {
  if (to < 1n || to > supply) return h("span", { class: "step", "aria-hidden": "true" }, arrow);
  return h("a", { class: "step", href: tokenAddress(to), "aria-label": `${name}, no. ${to}` }, arrow);
}

function chooser(supply: bigint, tokenId?: bigint): HTMLElement {
  const input = h("input", {
    id: "number",
    name: "token",
    type: "number",
    inputmode: "numeric",
    min: 1,
    max: supply.toString(),
    required: true,
    value: tokenId?.toString(),
    placeholder: "1",
  });
  const label = h("label", { for: "number" }, "No.");
  return h("form", { class: "chooser", method: "get", action: "./" }, label, input, h("button", {}, "Show"));
}
