// js-ipfs, another implementation of IPFS than Kubo, behind the RPC that Kubo has.
import { startProcess } from "./installed.mjs";

/** Starts a node without content, at a port if that matters. */
export async function startIpfs(port) {
  const node = await startProcess("ipfs-process.mjs", port ? [String(port)] : []);
  const ask = async (command) => {
    const response = await fetch(`${node.url}/api/v0/${command}`, { method: "POST" });
    if (!response.ok) throw new Error(`${command}: ${response.status} ${await response.text()}`);
    return response;
  };
  return {
    ...node,
    /** A file's content; an error if the node lacks it. */
    cat: async (cid) => Buffer.from(await (await ask(`cat?arg=${cid}&timeout=5s`)).arrayBuffer()),
    /** The roots that are pinned, and their trees with them. */
    pins: async () => Object.keys((await (await ask("pin/ls?type=recursive&cid-base=base32")).json()).Keys),
  };
}
