// A gateway of Arweave's with its chain (arlocal), alone on the loopback interface. The process that `startArweave`
// starts.
import { createServer } from "node:http";
import { need } from "./installed.mjs";

// arlocal's database driver is native code that would have to be compiled. package.json puts SQLite as WebAssembly in
// its place; this gives that the driver's face. Answers come in a later turn of the event loop, as the driver's do:
// arlocal asks in a loop for what other requests bring.
const sqlite = need("sqlite3");
const { Database } = sqlite;
sqlite.Database = class {
  constructor(file, _flags, done) {
    this.database = new Database(file);
    setImmediate(done, null);
  }
  run(sql, values, done) {
    const { changes, lastInsertRowid: lastID } = this.database.run(sql, stored(values));
    setImmediate(() => done.call({ changes, lastID }, null));
  }
  all(sql, values, done) {
    setImmediate(done, null, this.database.all(sql, stored(values)));
  }
  close(done) {
    this.database.close();
    setImmediate(done, null);
  }
};

/** Values as the native driver binds them. */
function stored(values = []) {
  return values.map((value) => {
    if (value instanceof Date) return value.getTime();
    return typeof value === "object" && value && !ArrayBuffer.isView(value) ? String(value) : (value ?? null);
  });
}

process.on("disconnect", () => process.exit());

const { default: ArLocal } = need("arlocal");
const arlocal = new ArLocal(0, false, `${process.cwd()}/chain`);
// It would listen on every interface.
arlocal.app.listen = (_port, done) => createServer(arlocal.app.callback()).listen(0, "127.0.0.1", done);
await arlocal.start();
const server = arlocal.getServer();
if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
process.send({ url: `http://127.0.0.1:${server.address().port}` });
