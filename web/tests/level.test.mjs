// Levels, and the time that is left to challenge an answer, are told in words that are right.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import "./typescript.mjs";

const { isAbove, LEVELS, levelOf, levelsAbove } = await import("../sdk/src/inference/level.ts");
const { raisingTo, Status, standingKey } = await import("../sdk/src/inference/standing.ts");
const { formatSpan } = await import("../src/view/challenge-window.ts");
const { formatFee, LEVEL_WORDS, raiseCommand } = await import("../src/view/level-words.ts");
const { phaseOf } = await import("../sdk/src/token/phase.ts");

const interfaceText = readFileSync(
  new URL("../../contracts/src/interfaces/IInferenceHub.sol", import.meta.url),
  "utf8",
);
const namesOf = (name) => interfaceText.match(new RegExp(`enum ${name} {([^}]*)}`))[1].match(/\w+/g);

test("levels have the numbers that the hub gives them", () => {
  assert.deepEqual([...LEVELS], namesOf("Assurance"));
  for (const [number, level] of LEVELS.entries()) assert.equal(levelOf(number), level);
});

test("statuses have the numbers that the hub gives them", () => {
  assert.deepEqual(Object.keys(Status), namesOf("Status"));
  assert.deepEqual(Object.values(Status), [...namesOf("Status").keys()]);
});

test("a level that nobody knows is refused by its number", () => {
  for (const number of [5, -1, 0.5, 255])
    assert.throws(() => levelOf(number), new RegExp(`assurance level, ${number}`));
});

test("each level is above those before it, and none above itself", () => {
  assert.deepEqual(levelsAbove("Optimistic"), ["Proven", "Executed"]);
  assert.deepEqual(levelsAbove("Executed"), []);
  for (const level of LEVELS) assert.equal(isAbove(level, level), false);
});

test("every level says what it rests on", () => {
  assert.deepEqual(Object.keys(LEVEL_WORDS), [...LEVELS]);
});

test("the command that raises is the one of the command line", () => {
  assert.equal(raiseCommand(12n, "Optimistic"), "verdigris raise 12 --level optimistic");
});

test("fees are told in ether, and nothing as free", () => {
  assert.equal(formatFee(0n), "free");
  assert.equal(formatFee(20_000_000_000_000_000n), "0.02 ETH");
  assert.equal(formatFee(1n), "0.000000000000000001 ETH");
});

for (const [seconds, text] of [
  [0, "0 s"],
  [1, "1 s"],
  [59, "59 s"],
  [60, "1 min 0 s"],
  [3_599, "59 min 59 s"],
  [3_600, "1 h 0 min"],
  [90_061, "1 d 1 h"],
  [2_592_000, "30 d 0 h"],
]) {
  test(`${seconds} seconds are told as ${text}`, () => {
    assert.equal(formatSpan(seconds), text);
  });
}

const standing = (more) => ({
  ...{ request: { deadline: 100n }, status: Status.Answered, asked: "Optimistic", held: "Attested" },
  proposal: undefined,
  ...more,
});

test("an answer is being raised while a higher level is asked for and its time isn't over", () => {
  assert.equal(raisingTo(standing(), 100n), "Optimistic");
  assert.equal(raisingTo(standing(), 101n), undefined);
  assert.equal(raisingTo(standing({ proposal: { finalAfter: 200n } }), 101n), "Optimistic");
  assert.equal(raisingTo(standing({ held: "Optimistic" }), 100n), undefined);
  assert.equal(raisingTo(standing({ held: undefined, status: Status.Refuted }), 100n), undefined);
});

test("every change of a standing is one that the page takes for a change", () => {
  const before = standing();
  const changes = [
    undefined,
    { ...before, status: Status.Refuted },
    { ...before, asked: "Executed" },
    { ...before, held: "Quorum" },
    { ...before, request: { deadline: 7n } },
    { ...before, proposal: { outputHash: "0x1", finalAfter: 7n } },
    { ...before, proposal: { outputHash: "0x2", finalAfter: 7n } },
    { ...before, proposal: { outputHash: "0x1", finalAfter: 8n } },
  ];
  const keys = [before, ...changes].map(standingKey);
  assert.equal(new Set(keys).size, keys.length);
});

test("a token is bonded between its draw and its picture, and only while an answer can be challenged", () => {
  const proposed = standing({ status: Status.Proposed, held: undefined });
  assert.equal(phaseOf({ stage: 0 }, undefined), "minted");
  assert.equal(phaseOf({ stage: 1 }, standing({ status: Status.Open, held: undefined })), "drawn");
  assert.equal(phaseOf({ stage: 1 }, proposed), "bonded");
  assert.equal(phaseOf({ stage: 2 }, standing()), "fulfilled");
});
