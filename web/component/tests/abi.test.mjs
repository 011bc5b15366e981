// The little ABI reader against viem's, on random answers; and what is cut short, bent or too long is refused.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { bytesToHex, decodeFunctionResult, encodeFunctionData, encodeFunctionResult, hexToBytes } from "viem";
import "../../tests/typescript.mjs";

const { decode, encodeWord } = await import("../src/abi.ts");
const { CALLS, EVENTS } = await import("../src/generated/calls.ts");
const { inferenceHubAbi, seedArtAbi } = await import("../../sdk/src/generated/abi.ts");
const ABI = [...seedArtAbi, ...inferenceHubAbi];

/** Bytes from SHA-256 in counter mode, the same for the same phrase. */
function noise(phrase) {
  let count = 0;
  return (length) => {
    const parts = [];
    for (let have = 0; have < length; have += 32) {
      parts.push(createHash("sha256").update(`${phrase}/${count++}`).digest());
    }
    return new Uint8Array(Buffer.concat(parts)).slice(0, length);
  };
}

/** A random value of a type, as viem takes it. */
function randomValue({ type, components }, random) {
  if (components) return Object.fromEntries(components.map((part) => [part.name, randomValue(part, random)]));
  if (type === "bytes") return bytesToHex(random((random(1)[0] * random(1)[0]) >> (random(1)[0] & 7)));
  if (type === "bytes32") return bytesToHex(random(32));
  if (type === "address") return bytesToHex(random(20));
  const bits = Number(type.slice(4));
  const value = BigInt(bytesToHex(random(bits / 8)));
  return bits <= 32 ? Number(value) : value;
}

/** viem's values as ours: bytes as such, addresses in lower case. */
function asOurs({ type, components }, value) {
  if (components) return Object.fromEntries(components.map((part) => [part.name, asOurs(part, value[part.name])]));
  if (type === "bytes") return hexToBytes(value);
  return type === "address" ? value.toLowerCase() : value;
}

for (const [name, { outputs, inputs, selector }] of Object.entries(CALLS)) {
  test(`random answers to ${name} are read as viem reads them`, () => {
    const random = noise(name);
    for (let round = 0; round < 200; round++) {
      const values = outputs.map((field) => randomValue(field, random));
      const result = outputs.length === 1 ? values[0] : values;
      const answer = encodeFunctionResult({ abi: ABI, functionName: name, result });
      const theirs = decodeFunctionResult({ abi: ABI, functionName: name, data: answer });
      const expected = outputs.map((field, at) => asOurs(field, outputs.length === 1 ? theirs : theirs[at]));
      assert.deepEqual(decode(outputs, answer), expected);
    }
  });

  test(`${name} is asked as viem asks it`, () => {
    const random = noise(`${name} asked`);
    for (let round = 0; round < 50; round++) {
      const args = inputs.map((field) => randomValue(field, random));
      assert.equal(
        selector + args.map(encodeWord).join(""),
        encodeFunctionData({ abi: ABI, functionName: name, args }),
      );
    }
  });

  test(`an answer to ${name} that is cut short anywhere is refused`, () => {
    const random = noise(`${name} cut`);
    const values = outputs.map((field) => randomValue(field, random));
    const whole = encodeFunctionResult({
      abi: ABI,
      functionName: name,
      result: outputs.length === 1 ? values[0] : values,
    });
    const padding = outputs[0].components?.some(({ type }) => type === "bytes") ? 31 : 0; // says nothing
    for (let bytes = 0; bytes < (whole.length - 2) / 2 - padding; bytes += 7) {
      assert.throws(
        () => decode(outputs, whole.slice(0, 2 + 2 * bytes)),
        /ends before|should have|lies/,
        `${bytes} bytes`,
      );
    }
  });

  test(`arbitrary changes to an answer to ${name} give values or a reason, and never more than was sent`, () => {
    const random = noise(`${name} bent`);
    for (let round = 0; round < 400; round++) {
      const values = outputs.map((field) => randomValue(field, random));
      const result = outputs.length === 1 ? values[0] : values;
      const answer = hexToBytes(encodeFunctionResult({ abi: ABI, functionName: name, result }));
      for (let bent = 0; bent <= random(1)[0] % 3; bent++) {
        const [high, low, value] = random(3);
        answer[(256 * high + low) % answer.length] = value;
      }
      try {
        const [first] = decode(outputs, bytesToHex(answer));
        for (const part of Object.values(Object(first))) assert.ok(!(part.length > 2 * answer.length));
      } catch (error) {
        assert.match(error.message, /^(it ends before|“|its value)/);
      }
    }
  });
}

const word = (number) => BigInt(number).toString(16).padStart(64, "0");
const BYTES = [{ name: "model", type: "bytes" }];

test("lengths and places that no answer has are refused, and say what was wrong with what", () => {
  const wrong = [
    ["", /ends before “model” does/],
    [word(2n ** 255n), /“model” names a length of 0x8/],
    [word(2 ** 40), /“model” lies 1099511627776 bytes on, where there are 32/],
    [word(32), /ends before “model” does/],
    [word(32) + word(1), /“model” should have 1 bytes, and 0 are left/],
    [word(32) + word(2n ** 52n) + word(0), /“model” should have 4503599627370496 bytes, and 32 are left/],
    [word(64) + word(0), /ends before “model” does/],
  ];
  for (const [answer, reason] of wrong) assert.throws(() => decode(BYTES, `0x${answer}`), reason);
});

test("numbers and addresses that don't fit their type are refused", () => {
  const decodeAs = (type, value) => decode([{ name: "level", type }], `0x${word(value)}`);
  assert.deepEqual(decodeAs("uint8", 255), [255]);
  assert.throws(() => decodeAs("uint8", 256), /“level” is no uint8/);
  assert.throws(() => decodeAs("uint16", 2 ** 16), /“level” is no uint16/);
  assert.throws(() => decodeAs("uint64", 2n ** 64n), /“level” is no uint64/);
  assert.throws(() => decodeAs("address", 2n ** 160n), /“level” is no address/);
  assert.deepEqual(decodeAs("uint256", 2n ** 256n - 1n), [2n ** 256n - 1n]);
});

test("what is no hexadecimal is refused", () => {
  for (const [answer, reason] of [
    ["", /begin with 0x/],
    ["1234", /begin with 0x/],
    ["0x123", /odd number/],
    [`0x${word(1).slice(0, -1)}g`, /“g” is no hexadecimal digit/],
    [`0x${word(1).slice(0, -1)} `, /“ ” is no hexadecimal digit/],
  ]) {
    assert.throws(() => decode(CALLS.hub.outputs, answer), reason);
  }
});

test("the event's layout is the contract's", () => {
  const event = seedArtAbi.find(({ type, name }) => type === "event" && name === "PictureFulfilled");
  const open = event.inputs.filter(({ indexed }) => !indexed).map(({ name, type }) => ({ name, type }));
  assert.deepEqual(EVENTS.PictureFulfilled.fields, open);
});
