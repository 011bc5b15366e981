// Arweave: a gateway, and a bundler that checks data items and puts them on its chain.
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { need, startProcess } from "./installed.mjs";

const { ArweaveSigner, bundleAndSignData, DataItem } = need("arbundles");
const Arweave = need("arweave");

/** More than anything costs there. */
const WINSTON = 10n ** 15n;

/** Starts a gateway. */
export async function startArweave() {
  const gateway = await startProcess("arweave-process.mjs");
  const ask = async (path, init) => {
    const response = await fetch(`${gateway.url}/${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return {
    ...gateway,
    /** Ids of the items that carry a tag, once there are that many: the gateway indexes what it took in its own time. */
    idsByTag: async (name, value, count) => {
      const query = "query ($tags: [TagFilter!]) { transactions(tags: $tags) { edges { node { id } } } }";
      const body = JSON.stringify({ query, variables: { tags: [{ name, values: [value] }] } });
      const headers = { "content-type": "application/json" };
      for (let tries = 0; ; tries++) {
        const { data, errors } = await (await ask("graphql", { method: "POST", headers, body })).json();
        if (errors) throw new Error(JSON.stringify(errors));
        const ids = data.transactions.edges.map(({ node }) => node.id);
        if (ids.length >= count || tries === 100) return ids;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    /** What an id's item holds, and of which type it says that is. */
    read: async (id) => {
      const response = await ask(id);
      return { type: response.headers.get("content-type"), content: Buffer.from(await response.arrayBuffer()) };
    },
    mint: (address) => ask(`mint/${address}/${WINSTON}`),
    mine: () => ask("mine"),
  };
}

/** Starts a bundler with Turbo's way in, `POST /tx/ethereum`. It keeps what it was sent, in the order of arrival. */
export async function startBundler(gateway) {
  const { port, hostname: host } = new URL(gateway.url);
  const arweave = Arweave.init({ host, port, protocol: "http" });
  const wallet = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  await gateway.mint(await arweave.wallets.jwkToAddress(wallet));
  const received = [];
  const known = new Set();

  async function take(item) {
    // The gateway wants the owner of an item to exist, too.
    await gateway.mint(await arweave.wallets.ownerToAddress(item.owner));
    const bundle = await bundleAndSignData([item], new ArweaveSigner(wallet));
    const transaction = await bundle.toTransaction({}, arweave, wallet);
    await arweave.transactions.sign(transaction, wallet);
    const { status } = await arweave.transactions.post(transaction);
    if (status !== 200) throw new Error(`the gateway took no bundle: ${status}`);
    await gateway.mine();
  }

  async function answer(request) {
    if (request.method !== "POST" || request.url !== "/tx/ethereum") return [404, "Not found"];
    const bytes = await buffer(request);
    received.push(bytes);
    if (!(await DataItem.verify(bytes).catch(() => false))) return [400, "Invalid Data Item!"];
    const item = new DataItem(bytes);
    const { id, rawId } = item;
    if (known.has(id)) return [202, `Data item with ID ${id} has already been uploaded to this service!`];
    known.add(id);
    // One that was read counts as signed only once it has been told its id.
    item.rawId = rawId;
    await take(item);
    const receipt = { id, owner: item.owner, winc: "0", dataCaches: ["arlocal"], timestamp: Date.now() };
    return [200, JSON.stringify(receipt)];
  }

  // One at a time: the gateway's routes share what they keep of a request.
  let last = Promise.resolve();
  const server = createServer((request, response) => {
    last = last
      .then(() => answer(request))
      .catch((error) => [500, String(error)])
      .then(([status, body]) => response.writeHead(status).end(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    received,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
