// A chain of the test's own with the contract that writes the tokens' own pages, holding the head that was built.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createClient, http, keccak256, publicActions, walletActions } from "viem";
import { mnemonicToAccount } from "viem/accounts";

const ROOT = new URL("../../", import.meta.url);
const built = (file) => readFileSync(new URL(`web/animation/dist/${file}`, ROOT));
/** The first of anvil's accounts. */
const account = mnemonicToAccount("test test test test test test test test test test test junk");
/** The longest content of a code chunk: `CodeChunks.MAX_LENGTH`. */
const CHUNK = 24_575;
const READY_WITHIN_MS = 30_000;

/** The head of the tokens' pages, and the renderer that is packed in it. */
export const head = built("head.html");
export const wasm = built("renderer.wasm");

/** Starts it; `html(blueprint)` is the page that the contract writes, `read(name)` what else it tells. */
export async function startTokenPages() {
  const { port, stop } = await startAnvil();
  try {
    const client = createClient({ account, transport: http(`http://127.0.0.1:${port}`) })
      .extend(publicActions)
      .extend(walletActions);
    const registry = await deploy(client, "ModelRegistry", []);
    const contents = [];
    for (let at = 0; at < head.length; at += CHUNK) contents.push(`0x${head.subarray(at, at + CHUNK).toString("hex")}`);
    const chunks = [];
    for (const content of contents) {
      const [chunk] = await client.readContract({ ...registry, functionName: "chunkOf", args: [content] });
      await mined(
        client,
        client.writeContract({ ...registry, functionName: "storeChunks", args: [[content]], ...FREE }),
      );
      chunks.push(chunk);
    }
    const renderer = await deploy(client, "Renderer", [chunks, keccak256(head), keccak256(wasm)]);
    const read = (functionName, args = []) => client.readContract({ ...renderer, functionName, args });
    const html = ({ stages, seed, traits, model }) => read("html", [stages, seed, traits, model]);
    return { html, read, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

const FREE = { chain: null };

async function deploy(client, name, args) {
  const file = new URL(`contracts/out/${name}.sol/${name}.json`, ROOT);
  const { abi, bytecode } = JSON.parse(readFileSync(file));
  const { contractAddress } = await mined(
    client,
    client.deployContract({ abi, bytecode: bytecode.object, args, ...FREE }),
  );
  return { address: contractAddress, abi };
}

async function mined(client, sent) {
  const receipt = await client.waitForTransactionReceipt({ hash: await sent, pollingInterval: 20 });
  if (receipt.status !== "success") throw new Error(`transaction ${receipt.transactionHash} failed`);
  return receipt;
}

/** anvil itself: npm's `anvil` is a script that starts it, and would outlive it. */
async function startAnvil() {
  const folder = new URL("node_modules/@foundry-rs/", ROOT);
  const program = readdirSync(folder)
    .map((name) => new URL(`${name}/bin/anvil`, folder))
    .find((path) => existsSync(path));
  if (!program) throw new Error("there is no anvil in node_modules: run `npm ci`");
  const anvil = spawn(fileURLToPath(program), ["--host", "127.0.0.1", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = () => anvil.kill();
  const port = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("anvil takes too long to start")), READY_WITHIN_MS);
    let said = "";
    anvil.once("exit", (code) => reject(new Error(`anvil ended with ${code}`)));
    anvil.stdout.on("data", (text) => {
      said += text;
      const found = /Listening on 127\.0\.0\.1:(\d+)/.exec(said);
      if (!found) return;
      clearTimeout(timer);
      resolve(Number(found[1]));
    });
  }).catch((error) => {
    stop();
    throw error;
  });
  return { port, stop };
}
