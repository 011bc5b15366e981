// The Worker as a server, for tests that aren't written in JavaScript: it is started, asked, killed and started again
// like the host.
//
// Settings come from the environment as they come to the host, as SPIN_VARIABLE_…. The first line of standard output is
// its address, as JSON. Cron runs every `--sweep-seconds`; 0 turns it off. It ends by SIGTERM, and when standard input
// ends: whoever started it is gone then.
import { parseArgs } from "node:util";
import { start } from "./worker.mjs";

const { values } = parseArgs({
  options: {
    "state-dir": { type: "string" },
    port: { type: "string", default: "0" },
    "sweep-seconds": { type: "string", default: "0" },
  },
});

const PREFIX = "SPIN_VARIABLE_";
const settings = Object.fromEntries(
  Object.entries(process.env)
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([name, value]) => [name.slice(PREFIX.length), value]),
);

const { miniflare, name, url } = await start({
  settings,
  port: Number(values.port),
  persist: values["state-dir"],
  log: (line) => process.stderr.write(line),
});

let ending;
/** Ends once, whoever asks for it. */
function end() {
  ending ??= miniflare.dispose().finally(() => process.exit());
}
process.on("SIGTERM", end).on("SIGINT", end);
process.stdin.on("end", end).on("error", end).resume();

// Before anybody asks: it blocks this process until workerd answers, which in turn may wait for this one to read its log.
const worker = await miniflare.getWorker(name);
process.stdout.write(`${JSON.stringify({ listening: url })}\n`);

const pause = Number(values["sweep-seconds"]) * 1000;
while (pause > 0 && !ending) {
  await new Promise((resolve) => setTimeout(resolve, pause));
  await worker.scheduled({ cron: "* * * * *" }).catch((error) => process.stderr.write(`cron: ${error}\n`));
}
