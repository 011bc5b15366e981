// How the package is used from TypeScript: compiled with the rest, never run.
import type { Check, Setting, Verdict, VerdigrisArt } from "../verdigris-art.d.ts";

const element = document.createElement("verdigris-art");
element.tokenId = 7n;
element.chain = 1;
element.epoch = undefined;
const id: string | null = element.tokenId;
const verdict: Verdict = element.verdict;
document.querySelector("verdigris-art")?.addEventListener("verified", ({ detail, currentTarget }) => {
  const failed: Check | undefined = detail.checks.find(({ status }) => status === "fails");
  return [detail.tokenId + 1n, detail.level, failed?.says, currentTarget];
});
element.addEventListener("error", ({ message }) => message.length);
element.addEventListener("click", ({ clientX }) => clientX);
element.addEventListener("other", (event: Event) => event.type);
// @ts-expect-error: a size isn't a picture
element.size = element;
// @ts-expect-error: the verdict is the element's
element.verdict = "verified";

export const used: [VerdigrisArt, Setting, Verdict] = [element, id, verdict];
