// A script in the manner of Chainlink Functions. It asks a model, and gives a contract the answer in at most 256 bytes:
// `abi.decode(response, (bytes))` is the output.
//
// args: where the functions are, the model's id, the input; and "hash" for the output's keccak256, if the output has more
// than 192 bytes. A question may have 2 KB, so an input some 900 bytes.
const [functions, modelId, input, mode = "abi"] = args;
if (!functions || !modelId || !input) {
  throw Error("three arguments are needed: where the functions are, the model's id, the input");
}

const answer = await Functions.makeHttpRequest({
  url: `${functions}/oracle/infer`,
  method: "POST",
  headers: { "content-type": "application/json" },
  data: { modelId, input, mode },
  timeout: 9000,
  responseType: "arraybuffer",
});
if (answer.error) {
  // What is wrong with the question is in a problem document (RFC 9457).
  const problem = await answer.response?.json?.().catch(() => undefined);
  throw Error(problem?.detail ?? `the functions can't be asked: ${answer.message}`);
}
return new Uint8Array(answer.data);
