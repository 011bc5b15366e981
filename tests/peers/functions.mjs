// The functions in the host, with a way in for answers that are to be pinned. Needs `cargo xtask build`.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startHost } from "../../functions/edge/tests/host.mjs";
import { HUB } from "../../functions/edge/tests/worker.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const NOBODY = `0x${"99".repeat(20)}`;
const PUBLIC_PIN = `
[[trigger.http]]
route = "/pin"
component = "pin"
`;

/** Starts what spin.toml says, but that `POST /pin` can be reached from outside. */
export async function startFunctions(settings) {
  const folder = await mkdtemp(join(tmpdir(), "verdigris-pin-"));
  const manifest = join(folder, "spin.toml");
  const text = readFileSync(`${root}spin.toml`, "utf8");
  writeFileSync(manifest, text.replaceAll('source = "target/', `source = "${root}target/`) + PUBLIC_PIN);
  const host = await startHost(settings, manifest);
  return {
    url: host.url,
    stop: async () => {
      await host.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Has the functions pin a picture that dispatch would have made. Gives the status, and the detail of a problem. */
export async function pin(functions, png) {
  const response = await fetch(`${functions.url}/pin`, { method: "POST", body: pictureAnswer(png) });
  const { detail } = await response.json();
  return { status: response.status, detail };
}

/** Has a picture pinned, and asserts that enough services hold it: only then is there an answer for callback. */
export async function assertPinned(functions, png) {
  const { status, detail } = await pin(functions, png);
  assert.equal(status, 201, detail);
}

const word = (number) => BigInt(number).toString(16).padStart(64, "0");

/** The body of `POST /pin`: the header's length, the header, the PNG. */
function pictureAnswer(png) {
  // abi.encode(PictureInput(stages, size, seed, traits, title)), the title empty.
  const input = `0x${[32, 1, 64, 7, 0, 160, 0].map(word).join("")}`;
  const id = `0x${"77".repeat(32)}`;
  const question = { chainId: 31337, hub: HUB, requestId: id, modelId: id, consumer: NOBODY, input };
  const job = { kind: "infer", ...question, level: 0, deadline: 4_000_000_000 };
  const header = Buffer.from(JSON.stringify({ job, pixelRoot: id }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, png]);
}

/** A picture's bytes, no two chunks of which are alike, and other ones for every number. */
export function picture(bytes, number) {
  const png = Buffer.alloc(bytes);
  for (let at = 0, state = number >>> 0; at < bytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    png[at] = state >>> 24;
  }
  png.write("\x89PNG", "latin1");
  return png;
}
