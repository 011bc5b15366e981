// Answers one request: draws, pins, describes, signs, sends.
import { createHash } from "node:crypto";
import sharp from "sharp";
import { bytesToHex, encodeAbiParameters, keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { PICTURE_OUTPUT, RECEIPT_TYPES } from "./abi.mjs";
import { documentOf } from "./metadata.mjs";
import { loadPainter } from "./picture/draw.mjs";
import { loadPixelRoot } from "./picture/pixel-root.mjs";
import { connectPinner } from "./pin.mjs";
import { connectSender } from "./sender.mjs";

/** zlib's level; the default of 6 takes twice the time for files that are 3 % smaller. */
const PNG = { compressionLevel: 2 };

/** Loads and connects everything; gives a function that answers a request. */
export async function prepare(settings) {
  const [paint, pixelRootOf, send] = await Promise.all([
    loadPainter(settings.model),
    loadPixelRoot(),
    connectSender(settings),
  ]);
  const pin = connectPinner(settings.kuboUrl);
  const attester = privateKeyToAccount(settings.attestationKey);
  const domain = { name: "Verdigris", version: "1", chainId: settings.chainId, verifyingContract: settings.hub };
  // One thread for each PNG, as for each run of the network; no picture comes twice.
  sharp.concurrency(1);
  sharp.cache(false);

  return async (request) => {
    const { size } = request.picture;
    const rgb = await paint(request.picture);
    const pixelRoot = bytesToHex(pixelRootOf(size, rgb));
    const png = await sharp(rgb, { raw: { width: size, height: size, channels: 3 } })
      .png(PNG)
      .toBuffer();
    const imageCid = await pin(png);
    const document = documentOf(settings, request, pixelRoot, imageCid.toString());
    await pin(document);

    const output = encodeAbiParameters(PICTURE_OUTPUT, [{ pixelRoot, imageCid: bytesToHex(imageCid.bytes) }]);
    const receipt = {
      requestId: request.requestId,
      modelId: request.modelId,
      inputHash: keccak256(request.input),
      outputHash: keccak256(output),
      contentHash: `0x${createHash("sha256").update(document).digest("hex")}`,
      issuedAt: BigInt(Math.floor(Date.now() / 1000)),
    };
    const signature = await attester.signTypedData({
      domain,
      types: RECEIPT_TYPES,
      primaryType: "Receipt",
      message: receipt,
    });
    return send(receipt, output, signature);
  };
}
