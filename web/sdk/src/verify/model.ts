// Checks that the network handed out with the token is the one in the registry.
import { keccak256 } from "viem";
import { Failure } from "../failure.ts";
import { type Check, compare } from "./check.ts";

export const modelCheck: Check = {
  id: "model",
  title: "The network is the registered one",
  needs: "seed",
  async run({ blueprint, model }) {
    if (blueprint.model === "0x") {
      throw new Failure("The network’s weights are kept off chain, so this page can’t redraw the picture.");
    }
    const { canonicalHash } = await model();
    return compare(canonicalHash, keccak256(blueprint.model), {
      holds: "Its bytes hash to what the model registry recorded.",
      fails: "Its bytes don’t hash to what the model registry recorded.",
    });
  },
};
