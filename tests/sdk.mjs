// The SDK against a running stack: verifies a token, asks, waits, reads, raises, and proves a wrong answer wrong.
//
//   node --conditions=source tests/sdk.mjs endpoints.json '{"modelId":"0x…","input":"0x…","right":"0x…","keys":{…}}'
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createClient, http, keccak256, pad, parseEther, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { getBlockNumber, readContract, signTypedData, waitForTransactionReceipt, writeContract } from "viem/actions";
import "../web/tests/typescript.mjs";

const sdk = await import("@verdigris/sdk");
const [endpoints, asked] = [JSON.parse(readFileSync(process.argv[2])), JSON.parse(process.argv[3])];
const { rpcUrl, hub, art, gateway, chainId } = endpoints;
const { modelId, input, right, keys } = asked;
const clientOf = (key) => createClient({ account: privateKeyToAccount(key), transport: http(rpcUrl) });
const [caller, stranger, attester] = [clientOf(keys.caller), clientOf(keys.stranger), clientOf(keys.attester)];
const fromBlock = await getBlockNumber(caller);

{
  const seen = [];
  const onCheck = ({ id }) => seen.push(id);
  const { verdict, checks } = await sdk.verifyToken(caller, { address: art, tokenId: 1n, gateway, hub, onCheck });
  assert.equal(verdict, "verified", JSON.stringify(checks));
  assert.deepEqual(seen.sort(), sdk.CHECKS.map(({ id }) => id).sort());
  await assert.rejects(sdk.verifyToken(caller, { address: art, tokenId: 1n, gateway, hub: art }), /asks the hub/);
  await assert.rejects(sdk.verifyToken(caller, { address: art, tokenId: 99n, gateway }));
}

{
  const { fee } = await sdk.quoteInference(caller, { hub, modelId, input, level: "Attested" });
  assert.equal(typeof fee, "bigint");
  const requested = await sdk.requestInference(caller, { hub, modelId, input, level: "Attested" });
  assert.deepEqual([requested.input, requested.level, requested.modelId], [input, "Attested", modelId]);
  assert.equal(requested.consumer, caller.account.address);
  const again = await sdk.readRequests(caller, { hub, hash: requested.hash });
  assert.equal(again[0].requestId, requested.requestId);

  const { requestId } = requested;
  const statuses = [];
  const onProgress = ({ status }) => statuses.push(sdk.STATUS_NAMES[status]);
  const answer = await sdk.waitForInference(caller, { hub, requestId, onProgress, pollingInterval: 100 });
  assert.equal(answer.level, "Attested");
  assert.equal(statuses.at(-1), "Answered");
  assert.equal(await sdk.readOutput(caller, { hub, requestId, fromBlock }), right);
  const registry = await sdk.readRegistry(caller, { hub });
  const { attestationKey } = await sdk.readModel(caller, { registry, modelId });
  const signed = { chainId, hub, receipt: answer.receipt, signature: answer.signature };
  assert.ok(await sdk.verifyReceipt({ ...signed, key: attestationKey }));
  assert.ok(!(await sdk.verifyReceipt({ ...signed, key: hub })));
  assert.ok(!(await sdk.verifyReceipt({ ...signed, key: attestationKey, hub: art })), "another hub's receipt");

  await assert.rejects(sdk.waitForInference(caller, { hub, requestId, level: "Executed" }), /nobody asked/);
  const raised = await sdk.raiseInference(caller, { hub, requestId, level: "Executed" });
  await waitForTransactionReceipt(caller, { hash: raised });
  const higher = await sdk.waitForInference(caller, { hub, requestId, level: "Executed", pollingInterval: 100 });
  assert.equal(higher.level, "Executed");
}

{
  // Nobody serves this account, so the only answer is the one of a dishonest operator who has the model's key.
  const { requestId } = await sdk.requestInference(stranger, { hub, modelId, input, level: "Optimistic" });
  const wait = sdk.waitForInference(stranger, { hub, requestId, signal: AbortSignal.timeout(300) });
  await assert.rejects(wait, { name: "TimeoutError" });
  await assert.rejects(sdk.examineProposal(caller, { hub, requestId, fromBlock, gateway }), /No answer/);
  const write = async (client, functionName, args, value = 0n) => {
    const call = { address: hub, abi: sdk.inferenceHubAbi, functionName, args, value };
    const hash = await writeContract(client, { ...call, chain: null });
    assert.equal((await waitForTransactionReceipt(client, { hash })).status, "success", functionName);
  };
  const wrong = `0x${right.slice(2, -1)}${right.at(-1) === "0" ? "1" : "0"}`;
  const receipt = {
    ...{ requestId, modelId, inputHash: keccak256(input), outputHash: keccak256(wrong) },
    ...{ contentHash: pad(stringToHex("nothing")), issuedAt: 1_790_000_000n },
  };
  const typed = { domain: sdk.receiptDomain(chainId, hub), types: sdk.RECEIPT_TYPES, primaryType: "Receipt" };
  const signature = await signTypedData(attester, { ...typed, message: receipt, account: attester.account });
  await write(stranger, "stake", [], parseEther("1"));
  await write(stranger, "propose", [receipt, wrong, signature]);

  const fault = await sdk.examineProposal(caller, { hub, requestId, fromBlock, gateway });
  assert.deepEqual([fault?.kind, fault?.output], ["output", wrong]);
  const hash = await sdk.challengeInference(caller, { hub, requestId, fault });
  assert.equal((await waitForTransactionReceipt(caller, { hash })).status, "success");
  const claimable = { address: hub, abi: sdk.inferenceHubAbi, functionName: "claimableBy" };
  assert.ok((await readContract(caller, { ...claimable, args: [caller.account.address] })) > 0n, "half of the bond");
  assert.equal((await sdk.readStanding(caller, { hub, requestId })).status, sdk.Status.Open);
}
console.log("✓ the SDK against a running stack");
