// What the page and a drawing worker say to each other. The worker says once that it is ready; from then on it answers
// each order for rows or a proof with one delivery.

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

/** All pixels of a picture, RGBA. */
export type Pixels = Uint8ClampedArray<ArrayBuffer>;

/** To a worker: keep this drawing at hand from now on, or none; draw rows of it; compute a picture's root. */
export type Order =
  | { kind: "hold"; drawing: Drawing | undefined }
  | { kind: "rows"; size: number; smooth: boolean; from: number; to: number }
  | { kind: "prove"; size: number; rgba: Pixels };

/** What a picture drawn for a check carries besides its pixels. */
export interface Proof {
  /** Merkle root over the picture's tiles, `0x…`. */
  pixelRoot: `0x${string}`;
  rgba: Pixels;
}

/** From a worker: it has started; rows from `y` on and how long they took; a root; or why there is nothing. */
export type Delivery =
  | { kind: "ready" }
  | { kind: "rows"; y: number; rgba: Pixels; ms: number }
  | { kind: "proof"; proof: Proof }
  | { kind: "failed"; message: string };
