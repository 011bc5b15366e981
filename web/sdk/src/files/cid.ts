// Content identifiers: the address of a file on IPFS, computed from nothing but the file's bytes.
//
// Files are cut and linked by IPIP-499's profile `unixfs-v1-2025`: CIDv1, SHA-256, chunks of 1 MiB as raw leaves, a
// balanced tree of at most 1,024 links a node. So a file up to 1 MiB is one raw leaf, and its CID is its SHA-256.
import { bytesToHex, type Hex, hexToBytes, sha256 } from "viem";

const RAW = 0x55;
const DAG_PB = 0x70;
const CHUNK_BYTES = 1 << 20;
const MAX_LINKS = 1024;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** A node of the file's tree, as its parent sees it. */
interface Link {
  cid: Uint8Array;
  /** Bytes of the file below this node. */
  fileBytes: number;
  /** Bytes of all blocks below this node, itself included (dag-pb's `Tsize`). */
  blockBytes: number;
}

/** The binary CIDv1 of a file. */
export function fileCid(file: Uint8Array): Hex {
  let level: Link[] = [];
  for (let at = 0; at === 0 || at < file.length; at += CHUNK_BYTES)
    level.push(leaf(file.subarray(at, at + CHUNK_BYTES)));
  while (level.length > 1) {
    const parents: Link[] = [];
    for (let at = 0; at < level.length; at += MAX_LINKS) parents.push(node(level.slice(at, at + MAX_LINKS)));
    level = parents;
  }
  return bytesToHex((level[0] as Link).cid);
}

/** The binary CIDv1 of a file of at most 1 MiB whose SHA-256 is `digest`. */
export function rawLeafCid(digest: Hex): Hex {
  return bytesToHex(cidOf(RAW, hexToBytes(digest)));
}

/** A binary CID in the form that people share: base32, `b…`. */
export function formatCid(cid: Hex): string {
  let text = "b";
  let bits = 0;
  let count = 0;
  for (const byte of hexToBytes(cid)) {
    bits = ((bits << 8) | byte) & 0xfff;
    count += 8;
    for (; count >= 5; count -= 5) text += BASE32[(bits >> (count - 5)) & 31];
  }
  return count > 0 ? text + BASE32[(bits << (5 - count)) & 31] : text;
}

function leaf(chunk: Uint8Array): Link {
  return { cid: cidOf(RAW, sha256(chunk, "bytes")), fileBytes: chunk.length, blockBytes: chunk.length };
}

/** A dag-pb node over links; by dag-pb's rule its links (field 2) come before its data (field 1). */
function node(links: Link[]): Link {
  const fileBytes = links.reduce((sum, link) => sum + link.fileBytes, 0);
  const sizes = links.flatMap((link) => [0x20, ...varint(link.fileBytes)]);
  const unixfs = [0x08, 2, 0x18, ...varint(fileBytes), ...sizes]; // type: file; file size; block sizes
  const block = Uint8Array.from([...links.flatMap((link) => field(2, linkBytes(link))), ...field(1, unixfs)]);
  const below = links.reduce((sum, link) => sum + link.blockBytes, 0);
  return { cid: cidOf(DAG_PB, sha256(block, "bytes")), fileBytes, blockBytes: below + block.length };
}

/** PBLink: the hash, an empty name, the size of all blocks below. */
function linkBytes(link: Link): number[] {
  return [...field(1, [...link.cid]), ...field(2, []), 0x18, ...varint(link.blockBytes)];
}

function field(number: number, bytes: number[]): number[] {
  return [(number << 3) | 2, ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

function cidOf(codec: number, digest: Uint8Array): Uint8Array {
  return Uint8Array.from([1, codec, 0x12, 0x20, ...digest]);
}
