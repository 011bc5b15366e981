// Verifies a token from the command line, and keeps the picture that was drawn again.
//
//   node verify.mjs <rpc> <gateway> <collection> <token id> [picture.png]
import { writeFile } from "node:fs/promises";
import { encodePng, readTraits, render, sayTraits, verifyToken } from "@verdigris/sdk";
import { createClient, http } from "viem";

const [rpc, gateway, address, id, file] = process.argv.slice(2);
if (!id) {
  console.error("usage: node verify.mjs <rpc> <gateway> <collection> <token id> [picture.png]");
  process.exit(2);
}

const client = createClient({ transport: http(rpc) });
const onCheck = ({ title }, { status, says }) => console.log(`${status.padEnd(8)} ${title}. ${says}`);
const { verdict, blueprint } = await verifyToken(client, { address, tokenId: BigInt(id), gateway, onCheck });
console.log(`${verdict}: ${sayTraits(readTraits(blueprint.traits))}`);

if (file) {
  const picture = await render(blueprint, { size: 1024 });
  await writeFile(file, await encodePng(picture));
}
process.exitCode = verdict === "verified" ? 0 : 1;
