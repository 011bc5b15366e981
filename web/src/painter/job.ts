// What the page and the drawing worker say to each other.

/** Numbers that say what a picture looks like; no chain in it. */
export interface Drawing {
  /** The network's canonical form. */
  model: Uint8Array;
  stages: number;
  /** 32 bytes. */
  seed: Uint8Array;
  /** 32 bytes, the first trait last. */
  traits: Uint8Array;
}

/** To the worker: draw this, or stop drawing it. */
export type Order =
  | { kind: "paint"; id: number; drawing: Drawing; size: number; proof: boolean }
  | { kind: "cancel"; id: number };

/** What a picture drawn for a check carries besides its pixels. */
export interface Proof {
  /** Merkle root over the picture's tiles, `0x…`. */
  pixelRoot: `0x${string}`;
  /** All pixels, RGBA. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** From the worker: some rows, the end of a job, or why there is none. */
export type Delivery =
  | { kind: "rows"; id: number; y: number; rgba: Uint8ClampedArray<ArrayBuffer> }
  | { kind: "done"; id: number; ms: number; proof: Proof | undefined }
  | { kind: "failed"; id: number; message: string };
