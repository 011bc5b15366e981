// Checks that the answer stands, at the level that the collection asks for, and that the token's metadata says so.

import { Failure } from "../failure.ts";
import { parseMetadata } from "../files/metadata.ts";
import { isAbove, type Level } from "../inference/level.ts";
import { STATUS_NAMES, type Standing, Status } from "../inference/standing.ts";
import { type Check, fails, holds, type Outcome } from "./check.ts";

export const levelCheck: Check = {
  id: "level",
  title: "The answer stands at the level that was asked for",
  needs: "acceptance",
  async run({ standing, assurance, metadata }) {
    if (!standing) throw new Failure("The chain doesn’t say where the request stands.");
    const wrong = compareLevel(standing, assurance);
    if (wrong) return wrong;
    const { verdigris } = parseMetadata(new TextEncoder().encode(await metadata()));
    const told = { status: STATUS_NAMES[standing.status], requestedLevel: assurance, level: standing.held };
    for (const [name, expected] of Object.entries(told)) {
      const got = String(verdigris?.[name] ?? "nothing");
      if (got !== expected)
        return fails(`The token’s metadata has another “${name}” than the hub.`, `${expected}`, got);
    }
    return holds(
      `The hub holds it at level ${standing.held}, nothing of a higher level contradicts it, and the token’s metadata says so.`,
    );
  },
};

function compareLevel({ status, held }: Standing, assurance: Level): Outcome | undefined {
  const asked = `an answer that stands, at level ${assurance} or higher`;
  if (status === Status.Refuted) {
    return fails("Evidence of a higher level contradicts the answer. Don’t rely on it.", asked, "a refuted answer");
  }
  if (!held) return fails("The hub knows no accepted answer to the token’s request.", asked, "none");
  return isAbove(assurance, held) ? fails("The answer’s level is too low.", asked, `level ${held}`) : undefined;
}
