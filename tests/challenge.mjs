// The SDK's watcher against a running stack: an operator who has the model's key bonds wrong pictures, one that everybody
// can look at and two that nobody shows.
//
//   node --conditions=source tests/challenge.mjs endpoints.json '{"caller":"0x…","stranger":"0x…","attester":"0x…"}'
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  createClient,
  encodeAbiParameters,
  http,
  keccak256,
  pad,
  parseAbiParameters,
  parseEther,
  stringToHex,
  zeroHash,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { getBlock, getBlockNumber, signTypedData, waitForTransactionReceipt, writeContract } from "viem/actions";
import "../web/tests/typescript.mjs";

const sdk = await import("@verdigris/sdk");
const { rootOf } = await import("../web/sdk/src/inference/pixel-tree.ts");
const [endpoints, keys] = [JSON.parse(readFileSync(process.argv[2])), JSON.parse(process.argv[3])];
const { rpcUrl, hub, art, gateway, chainId } = endpoints;
const clientOf = (key) =>
  createClient({ account: privateKeyToAccount(key), transport: http(rpcUrl), pollingInterval: 50 });
const [watcher, operator, attester] = [clientOf(keys.caller), clientOf(keys.stranger), clientOf(keys.attester)];
const fromBlock = await getBlockNumber(watcher);
const { modelId, model, stages } = await sdk.readBlueprint(watcher, { address: art, tokenId: 1n });
const OUTPUT = parseAbiParameters("(bytes32 pixelRoot, bytes imageCid)");
const SIZE = 32;
/** Column 9, row 13: in tile 5, there in column 1, row 5. */
const WRONG = { at: 13 * SIZE + 9, index: 5, column: 1, row: 5 };

async function mined(client, hash) {
  assert.equal((await waitForTransactionReceipt(client, { hash })).status, "success");
}

async function write(client, functionName, args, value = 0n) {
  const call = { address: hub, abi: sdk.inferenceHubAbi, functionName, args, value, chain: null };
  await mined(client, await writeContract(client, call));
}

/** What brings an answer to the hub: a receipt with the signature of the model's key. */
async function signed(requestId, input, output) {
  const receipt = {
    ...{ requestId, modelId, inputHash: keccak256(input), outputHash: keccak256(output) },
    ...{ contentHash: pad(stringToHex("nothing")), issuedAt: 1_790_000_000n },
  };
  const typed = { domain: sdk.receiptDomain(chainId, hub), types: sdk.RECEIPT_TYPES, primaryType: "Receipt" };
  return [receipt, output, await signTypedData(attester, { ...typed, message: receipt, account: attester.account })];
}

/** Has somebody whom nobody serves ask for a picture, and bonds whatever is said of it. */
async function bond(input, output) {
  const { requestId } = await sdk.requestInference(operator, { hub, modelId, input, level: "Optimistic" });
  await write(operator, "propose", await signed(requestId, input, output));
  const look = () => sdk.examineProposal(watcher, { hub, requestId, fromBlock, gateway });
  const act = async (fault) => mined(watcher, await sdk.challengeInference(watcher, { hub, requestId, fault }));
  const status = async () => (await sdk.readStanding(watcher, { hub, requestId })).status;
  return { requestId, input, output, look, act, status };
}

const asking = (number) => ({
  ...{ stages, size: SIZE, seed: pad(`0x${number}`), traits: zeroHash, title: `No. ${number}` },
});

async function picture({ seed, traits, size }) {
  const { rgba } = await sdk.render({ model, stages, seed, traits }, { size });
  return rgba;
}

/** What an answer says of a picture, and the picture's file and tree. */
async function claimOf(rgba) {
  const file = await sdk.encodePng({ size: SIZE, rgba });
  const imageCid = sdk.fileCid(file);
  const tree = sdk.pixelTree({ size: SIZE, rgb: rgba.filter((_, at) => at % 4 !== 3) });
  return { file, imageCid, tree, output: encodeAbiParameters(OUTPUT, [{ pixelRoot: tree.root, imageCid }]) };
}

/** Bonds a picture of which one pixel is another. */
async function bondWrong(number, { isPinned }) {
  const asked = asking(number);
  const rgba = await picture(asked);
  rgba[4 * WRONG.at] ^= 1;
  const { file, imageCid, tree, output } = await claimOf(rgba);
  if (isPinned) writeFileSync(join(dirname(process.argv[2]), "content", sdk.formatCid(imageCid)), file);
  return { tree, ...(await bond(sdk.encodePictureInput(asked), output)) };
}

const owed = () => sdk.readClaimable(watcher, { hub, payee: watcher.account.address });

/** As an operator does of whom the leaves are demanded. */
async function showLeaves({ requestId, input, output, tree }) {
  const leaves = Array.from({ length: tree.count }, (_, index) => tree.open(index).leaf).sort();
  const [lower, upper] = [leaves.slice(0, leaves.length / 2), leaves.slice(leaves.length / 2)];
  for (const [own, other, otherEdge] of [
    [lower, upper, upper[0]],
    [upper, lower, lower.at(-1)],
  ]) {
    const half = { isUpper: own === upper, leaves: own, otherRoot: rootOf(other), otherEdge };
    await write(operator, "showLeaves", [requestId, input, output, half]);
  }
}

await write(operator, "stake", [], parseEther("20"));

{
  const { look, act, status } = await bondWrong(1, { isPinned: true });
  const fault = await look();
  assert.deepEqual([fault.kind, fault.opening.index, fault.column, fault.row], ["pixel", 5, 1, 5]);
  await act(fault);
  assert.equal(await status(), sdk.Status.Open);
  assert.ok((await owed()) > 0n, "half of the bond");
}

{
  const wrong = await bondWrong(2, { isPinned: false });
  const { requestId, look, act, status } = wrong;
  const step = async (kind, index) => {
    const fault = await look();
    assert.deepEqual([fault.kind, fault.index ?? fault.opening.index], [kind, index], fault.says);
    return fault;
  };
  await act(await step("unshown", sdk.LEAVES));
  const { answerBy } = await step("demanded", sdk.LEAVES);
  assert.ok(answerBy > 0n);
  await assert.rejects(act(await look()), { name: "Failure", message: /may still be shown/ });
  await showLeaves(wrong);
  await act(await step("unshown", WRONG.index));
  await step("demanded", WRONG.index);
  const { tile, proof } = wrong.tree.open(WRONG.index);
  await write(operator, "showTile", [requestId, wrong.input, wrong.output, { index: WRONG.index, tile, proof }]);
  await act(await step("pixel", WRONG.index));
  assert.equal(await status(), sdk.Status.Open);
  for (const index of [sdk.LEAVES, WRONG.index]) {
    const before = await owed();
    await mined(watcher, await sdk.reclaimDeposit(watcher, { hub, requestId, index }));
    assert.ok((await owed()) > before, `the deposit of ${index} is back`);
  }
}

{
  const asked = asking(4);
  const { imageCid, tree, output } = await claimOf(await picture(asked));
  const right = sdk.encodePictureInput(asked);
  assert.equal(await (await bond(right, output)).look(), undefined, "a right answer");
  const ask = (change) => sdk.encodePictureInput({ ...asked, ...change });
  const say = (change) => encodeAbiParameters(OUTPUT, [{ pixelRoot: tree.root, imageCid, ...change }]);
  const odd = {
    "a word too many": [ask({ title: "a" }), `${output}${"00".repeat(32)}`],
    "a short CID": [ask({ title: "b" }), say({ imageCid: "0x0155" })],
    "a root of zeros": [ask({ title: "c" }), say({ pixelRoot: zeroHash })],
    "another root and no CID": [ask({ title: "d" }), say({ pixelRoot: pad("0x01"), imageCid: "0x" })],
    "a title that is too long": [ask({ title: "t".repeat(65) }), output],
    "a word too many in the question": [`${right}${"00".repeat(32)}`, output],
    "a size that nobody draws": [ask({ size: 60_000 }), output],
    "stages that nobody knows": [ask({ stages: 0x7f0101 }), output],
  };
  for (const [what, [input, output]] of Object.entries(odd)) {
    const { look, act, status } = await bond(input, output);
    const fault = await look();
    assert.equal(fault?.kind, "output", what);
    await act(fault);
    assert.equal(await status(), sdk.Status.Open, what);
  }
  const before = await owed();
  await mined(watcher, await sdk.withdraw(watcher, { hub, to: watcher.account.address }));
  assert.deepEqual([before > 0n, await owed()], [true, 0n]);
}

{
  const { look, act, status } = await bondWrong(3, { isPinned: false });
  await act(await look());
  const { answerBy } = await look();
  await watcher.request({ method: "evm_setNextBlockTimestamp", params: [Number(answerBy) + 1] });
  await watcher.request({ method: "evm_mine", params: [] });
  const fault = await look();
  assert.deepEqual([fault.kind, fault.index], ["withheld", sdk.LEAVES]);
  await act(fault);
  assert.equal(await status(), sdk.Status.Open);
}
{
  // Nobody gives evidence in time; whoever raises anew has the first one closed, and its fee back.
  const asked = asking(5);
  const { output } = await claimOf(await picture(asked));
  const input = sdk.encodePictureInput(asked);
  const { requestId } = await sdk.requestInference(operator, { hub, modelId, input, level: "Attested" });
  await write(operator, "fulfil", await signed(requestId, input, output));
  const raise = async (deadline) => sdk.raiseInference(watcher, { hub, requestId, level: "Optimistic", deadline });
  const { timestamp } = await getBlock(watcher);
  await raise(timestamp + 60n);
  const wait = () => sdk.waitForInference(watcher, { hub, requestId, signal: AbortSignal.timeout(300) });
  await assert.rejects(wait(), { name: "TimeoutError" });
  await watcher.request({ method: "evm_setNextBlockTimestamp", params: [Number(timestamp) + 61] });
  await watcher.request({ method: "evm_mine", params: [] });
  await assert.rejects(wait(), { name: "Failure", message: /No evidence of level Optimistic came in time/ });
  await raise(timestamp + 600n);
  const standing = await sdk.readStanding(watcher, { hub, requestId });
  assert.deepEqual(
    [standing.asked, standing.held, standing.request.deadline],
    ["Optimistic", "Attested", timestamp + 600n],
  );
}
console.log("✓ the SDK's watcher against wrong pictures");
