// Seven tokens of a random network on a mock stack.
import { bytesToHex } from "viem";
import { startMockStack } from "./mock-stack.mjs";
import { makeToken } from "./mock-token.mjs";
import { randomNetwork } from "./network.mjs";

/** Starts a mock stack; the stack's `tokens` may be changed while it runs. */
export async function startMockCollection({ size = 256 } = {}) {
  const model = bytesToHex(randomNetwork("collection"));
  const ids = Array.from({ length: 7 }, (_, index) => index + 1);
  const tokens = await Promise.all(
    ids.map((id) => {
      const traits = [(id * 5) % 16, id % 4, (id * 3) % 4, (id * 7) % 4];
      return makeToken({ tokenId: BigInt(id), model, size, traits });
    }),
  );
  return { tokens, ...(await startMockStack(tokens)) };
}
