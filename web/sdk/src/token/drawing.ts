// Has the contract draw: single pixels, and a small picture of which it draws a few rows a call.
import { type Client, type Hex, hexToBytes } from "viem";
import { readContract } from "viem/actions";
import { Failure, revertOf } from "../failure.ts";
import { executorAbi, seedArtAbi } from "../generated/abi.ts";
import type { TokenParameters } from "./token.ts";

/** Width and height of the picture that the contract draws for `tokenURI`, in pixels. */
export const THUMBNAIL = 32;
/** Rows of it that one call draws: some three to six million gas, which every node grants. */
const ROWS_A_CALL = 4;

/** The collection's ABI, and the errors with which the executor refuses, which come through the collection. */
const ABI = [...seedArtAbi, ...executorAbi.filter(({ type }) => type === "error")] as unknown as typeof seedArtAbi;

/** A pixel's place in a picture. */
export interface Place {
  x: number;
  y: number;
}

/** One pixel of a token's picture at `size`, drawn in the contract: `0x` and three bytes. */
export function readPixel(
  client: Client,
  { address, tokenId, size, x, y }: TokenParameters & Place & { size: number },
): Promise<Hex> {
  const call = { address, abi: ABI, functionName: "pixel", args: [tokenId, x, y, size] } as const;
  return drawn(() => readContract(client, call));
}

/** The small picture, drawn in the contract: three bytes a pixel. `onRows` gets each stripe as it comes. */
export async function readThumbnail(
  client: Client,
  { address, tokenId, onRows }: TokenParameters & { onRows?: (y: number, rgb: Uint8Array) => void },
): Promise<Uint8Array> {
  const whole = new Uint8Array(THUMBNAIL * THUMBNAIL * 3);
  for (let y = 0; y < THUMBNAIL; y += ROWS_A_CALL) {
    const args = [tokenId, y, y + ROWS_A_CALL, THUMBNAIL] as const;
    const call = { address, abi: ABI, functionName: "rows", args } as const;
    const rgb = hexToBytes(await drawn(() => readContract(client, call)));
    if (rgb.length !== ROWS_A_CALL * THUMBNAIL * 3) {
      throw new Failure(`The contract drew ${rgb.length} bytes instead of ${ROWS_A_CALL} rows.`);
    }
    whole.set(rgb, y * THUMBNAIL * 3);
    onRows?.(y, rgb);
  }
  return whole;
}

/** A token's metadata address, with the picture that the contract draws for it. */
export function readTokenUri(client: Client, { address, tokenId }: TokenParameters): Promise<string> {
  const tokenUri = {
    type: "function",
    name: "tokenURI",
    stateMutability: "view",
    inputs: [{ name: "tokenId", type: "uint256" }],
    outputs: [{ name: "", type: "string" }],
  } as const;
  const abi = [tokenUri, ...ABI] as const;
  const call = { address, abi, functionName: "tokenURI", args: [tokenId] } as const;
  return drawn(() => readContract(client, call) as Promise<string>);
}

/** Runs a call in which the contract draws, and says in plain words why it didn't. */
async function drawn<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const reason = revertOf(error);
    if (reason === "NotCertified") {
      throw new Failure("The network isn’t certified on chain, so the contract can’t run it.", "", { cause: error });
    }
    if (reason === "TooLittleGas" || isOutOfGas(error)) {
      throw new Failure("The node doesn’t give a call enough gas to draw in.", "", { cause: error });
    }
    throw error;
  }
}

/** Nodes say it in many ways: “out of gas”, “OutOfGas”, “gas limit exceeded”, “gas required exceeds allowance”. */
function isOutOfGas(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (/out ?of ?gas|exceeds allowance|gas limit/i.test(at.message)) return true;
  }
  return false;
}
