// The page's entry: reads what to show, and shows it.
import { asFailure, startPainter } from "@verdigris/sdk";
import { isHash } from "viem";
import { connect } from "./chain.ts";
import { loadConfig } from "./config.ts";
import { confine } from "./policy.ts";
import { findings, publishFindings } from "./verdict.ts";
import { showColophon } from "./view/colophon.ts";
import { showFailure, showNotice } from "./view/notice.ts";

async function main(): Promise<void> {
  publishFindings();
  const wanted = new URLSearchParams(location.search);
  const number = (wanted.get("token") ?? wanted.get("mint"))?.trim();
  const sent = wanted.get("tx")?.trim();
  if (number && !/^\d{1,78}$/.test(number)) {
    return showNotice("That is no token’s number", "A token’s number is a whole number from 1 upwards.");
  }
  // While the chain is asked, the renderer is made ready.
  const painter = startPainter({ eager: true });
  const config = await loadConfig();
  confine(config);
  showColophon(config);
  const context = { config, client: connect(config), painter };
  const tokenId = number ? BigInt(number) : undefined;
  if (wanted.has("mint"))
    await (await import("./mint-page.ts")).showMintPage(context, {
      tokenId,
      hash: sent && isHash(sent) ? sent : undefined,
    });
  else if (tokenId !== undefined) await (await import("./token-page.ts")).showTokenPage(context, tokenId);
  else await (await import("./gallery-page.ts")).showGalleryPage(context);
}

main().catch((error: unknown) => {
  const failure = asFailure(error);
  findings.trouble = failure.message;
  console.error(error);
  showFailure("This page can’t be shown", failure);
});
