// A node of js-ipfs, alone on the loopback interface; its RPC is Kubo's. The process that `startIpfs` starts.
import { load } from "./installed.mjs";

// Node 20 lacks it.
Promise.withResolvers ??= () => {
  const deferred = {};
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return deferred;
};
process.on("disconnect", () => process.exit());

const [port] = process.argv.slice(2);
const { Daemon } = await load("ipfs-daemon/src/index.js");
const daemon = new Daemon({
  repo: `${process.cwd()}/repo`,
  silent: true,
  offline: true,
  init: { emptyRepo: true, algorithm: "Ed25519" },
  config: {
    Addresses: { API: `/ip4/127.0.0.1/tcp/${port ?? 0}`, Swarm: [], Delegates: [], Gateway: "", RPC: "" },
    Bootstrap: [],
    Discovery: { MDNS: { Enabled: false }, webRTCStar: { Enabled: false } },
    Routing: { Type: "none" },
  },
});
await daemon.start();
process.send({ url: daemon._httpApi._apiServers[0].info.uri });
