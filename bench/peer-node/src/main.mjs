// Starts the orchestrator. The first line on standard output is JSON: where it listens, and its process id.
import { prepare } from "./answer.mjs";
import { serve } from "./server.mjs";
import { readSettings } from "./settings.mjs";

const settings = readSettings();
const server = serve(settings, await prepare(settings));
server.listen(settings.port, "127.0.0.1", () => {
  const listening = `http://127.0.0.1:${server.address().port}`;
  console.log(JSON.stringify({ listening, pid: process.pid }));
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
