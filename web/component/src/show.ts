// Shows one token and verifies it: reads the chain, draws, compares, and looks again while there is more to come.
import { readTraits, sayTraits } from "../../sdk/src/token/traits.ts";
import type { Verdict, Verification } from "../verdigris-art.d.ts";
import type { Wanted } from "./attributes.ts";
import { idle, inSight, pause } from "./pause.ts";
import { type Client, clientOf, Outage } from "./rpc.ts";
import type { Screen } from "./screen.ts";
import { drawingOf, readToken, type Token } from "./token.ts";
import { type Found, hasChanged, verify } from "./verify.ts";

/** How long until the chain is asked again what has become of a token; each time twice as long, up to the last. */
const [FIRST_WAIT_MS, LAST_WAIT_MS] = [5_000, 160_000];

/** Who is shown a token. */
export interface Audience {
  element: Element;
  screen: Screen;
  /** Told each time a token was verified. */
  onFound(found: Verification): void;
  /** Told what stops it. */
  onTrouble(error: unknown): void;
}

/** Shows a token, once and as long as it is in sight, until it is cancelled or nothing more is to come. */
export async function show(wanted: Wanted, audience: Audience, signal: AbortSignal): Promise<void> {
  const client = clientOf(wanted.rpc);
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LAST_WAIT_MS)) {
    await inSight(audience.element, signal);
    if (!(await look(client, wanted, audience, signal))) return;
    await pause(wait, signal);
  }
}

/** Looks once; gives back whether it is worth looking again. */
async function look(client: Client, wanted: Wanted, audience: Audience, signal: AbortSignal): Promise<boolean> {
  const { screen, onFound, onTrouble } = audience;
  try {
    const token = await readToken(client, wanted, signal);
    screen.describe(describe(wanted, token, "pending"));
    if (token.hasSeed) await screen.show(drawingOf(token), signal);
    else screen.say("The token’s seed isn’t drawn yet, and so there is no picture.");
    await idle(signal);
    const found = await verify(client, wanted, token, signal);
    // Nobody is convicted because of something that happened between two questions.
    if (found.verdict === "failed" && (await hasChanged(client, wanted, token, signal))) return true;
    screen.describe(describe(wanted, token, found.verdict));
    onFound(verificationOf(found));
    return found.verdict === "pending" && found.mayChange;
  } catch (error) {
    signal.throwIfAborted();
    onTrouble(error);
    return error instanceof Outage;
  }
}

const VERDICTS: Record<Verdict, string> = {
  verified: "Drawn by your browser, and the same as the picture attested on chain.",
  failed: "Drawn by your browser, but not as the chain tells.",
  pending: "Drawn by your browser.",
};

/** What a picture shows, for those who can't see it. */
function describe({ tokenId }: Wanted, { blueprint, hasSeed }: Token, verdict: Verdict): string {
  if (!hasSeed) return `No. ${tokenId}: not drawn yet.`;
  return `No. ${tokenId}, an abstract picture: ${sayTraits(readTraits(blueprint.traits))}. ${VERDICTS[verdict]}`;
}

function verificationOf({ mayChange: _, ...verification }: Found): Verification {
  return verification;
}
