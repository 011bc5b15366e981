// A pinning service with the IPFS Pinning Service API, as the API's authors mock it: it checks requests by their
// specification, and leaves them queued. What takes them on is here.
import { once } from "node:events";
import { need } from "./installed.mjs";
import { addressOf } from "./unixfs.mjs";

const { setup } = need("mock-ipfs-pinning-service");

/**
 * Starts a service that fetches what it is asked to pin.
 * @param {string} token what its clients must show
 * @param {(cid: string) => Promise<Uint8Array>} fetchContent
 */
export async function startPinningService(token, fetchContent) {
  const app = await setup({ token });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const pins = () => [...app.locals.state.pins.values()];
  const become = (cid, change) => {
    const { state } = app.locals;
    const all = new Map(state.pins);
    all.set(cid, { ...all.get(cid), ...change });
    app.locals.state = { ...state, pins: all };
  };
  const held = new Map();

  async function fetchOne({ pin: { cid } }) {
    become(cid, { status: "pinning" });
    try {
      const content = await fetchContent(cid);
      const address = await addressOf(content);
      if (address !== cid) throw new Error(`what came is ${address}`);
      held.set(cid, content);
      become(cid, { status: "pinned" });
    } catch (error) {
      become(cid, { status: "failed", info: { status_details: `could not fetch: ${error.message}` } });
    }
  }

  const timer = setInterval(() => {
    for (const pin of pins().filter(({ status }) => status === "queued")) fetchOne(pin);
  }, 50);
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** What it was asked for, and what has become of that. */
    pins,
    /** The content that it fetched, by CID. */
    held,
    stop: () => {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}
