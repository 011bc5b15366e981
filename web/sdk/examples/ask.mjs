// Asks a model from the command line, waits for the answer, and reads it. A local chain's functions answer who is named by
// `cargo xtask up --consumer <account>`.
//
//   KEY=0x… node ask.mjs <rpc> <hub> <model id> <input> [level]
import { readOutput, requestInference, STATUS_NAMES, waitForInference } from "@verdigris/sdk";
import { createClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const [rpc, hub, modelId, input, level = "Attested"] = process.argv.slice(2);
if (!input || !process.env.KEY) {
  console.error("usage: KEY=0x… node ask.mjs <rpc> <hub> <model id> <input> [level]");
  process.exit(2);
}

const client = createClient({ account: privateKeyToAccount(process.env.KEY), transport: http(rpc) });
const { requestId, blockNumber } = await requestInference(client, { hub, modelId, input, level });
console.log(`request  ${requestId}`);
const onProgress = ({ status }) => console.log(`status   ${STATUS_NAMES[status]}`);
const answer = await waitForInference(client, { hub, requestId, onProgress });
console.log(`level    ${answer.level}`);
console.log(`output   ${await readOutput(client, { hub, requestId, fromBlock: blockNumber })}`);
