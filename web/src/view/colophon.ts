// The small print: which chain and contracts the page speaks of.
import type { Config } from "../config.ts";
import { h, part } from "./element.ts";
import { code } from "./short.ts";

/** Fills the page's footer. */
export function showColophon(config: Config): void {
  const line = (name: string, value: Node | string) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  part("colophon").replaceChildren(
    h(
      "dl",
      {},
      line("Chain", String(config.chainId)),
      line("Collection", code(config.art)),
      line("Inference hub", code(config.hub)),
      line("Model registry", code(config.registry)),
    ),
  );
}
