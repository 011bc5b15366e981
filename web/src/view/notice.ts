// Tells the reader, in a sentence or two, why there is nothing to see, or what doesn't work right now.
import type { Failure } from "@verdigris/sdk";
import { h, part } from "./element.ts";

/** A whole page that says why there is nothing to see. */
export function showNotice(title: string, text: string, ...more: Node[]): void {
  part("main").replaceChildren(
    h("section", { class: "notice" }, h("h1", {}, title), text && h("p", {}, text), ...more),
  );
}

/** A whole page for the moment before the chain has answered. */
export function showOpening(title: string): void {
  showNotice(title, "Asking the chain…");
  part("main").firstElementChild?.classList.add("brief");
}

/** A whole page for a failure that ends everything. */
export function showFailure(title: string, failure: Failure): void {
  showNotice(title, failure.message, ...(failure.advice ? [h("p", { class: "advice" }, failure.advice)] : []));
  part("main").firstElementChild?.setAttribute("role", "alert");
}

/** Says that there is no such token, and which ones there are. */
export function showMissingToken(tokenId: bigint, supply: bigint): void {
  const many = supply === 1n ? "One token has" : `${supply} tokens have`;
  const next = tokenId > supply ? ` If no. ${tokenId} is next, it appears here by itself.` : "";
  const text =
    supply === 0n
      ? "Nothing has been minted yet. The page shows the first token as soon as there is one."
      : `${many} been minted so far.${next}`;
  showNotice(`There is no token no. ${tokenId}`, text, h("p", {}, h("a", { href: "./" }, "See the collection")));
}

/** A strip above the page for what doesn't work right now; nothing takes it away. */
export function showTrouble(failure: Failure | undefined, advice = ""): void {
  const there = document.getElementById("trouble");
  if (!failure) {
    there?.remove();
  } else if (there?.dataset.says !== failure.message) {
    const words = [h("strong", {}, failure.message), ` ${advice}`];
    const strip = h("div", { class: "trouble", id: "trouble", role: "alert", "data-says": failure.message }, ...words);
    there?.remove();
    part("main").before(strip);
  }
}
