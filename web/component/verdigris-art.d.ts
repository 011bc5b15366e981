// What the package offers, for TypeScript: the element, its events, and what they tell.

/** `failed` as soon as a check fails, `verified` if every check holds, `pending` otherwise. */
export type Verdict = "verified" | "failed" | "pending";

/**
 * How a check turned out: it waits for something on chain; the claim holds; the claim is wrong; or nobody can say now,
 * because something outside (the node, the renderer) didn't work.
 */
export type CheckStatus = "pending" | "holds" | "fails" | "unknown";

/** One claim about the token, and how it turned out. */
export interface Check {
  /**
   * `chain`: the node is of the chain that was named. `model`: the network is the one that the collection names.
   * `pixelRoot`: the picture, drawn here, is the answered one. `level`: the answer stands at the hub.
   */
  id: "chain" | "model" | "pixelRoot" | "level";
  status: CheckStatus;
  /** How it turned out, in a sentence. */
  says: string;
  /** What was expected, if the claim is wrong. */
  expected?: string;
  /** What was found instead. */
  got?: string;
}

/** The level of assurance that an answer holds. */
export type Level = "Attested" | "Quorum" | "Optimistic" | "Proven" | "Executed";

/** What came of verifying a token. */
export interface Verification {
  verdict: Verdict;
  checks: readonly Check[];
  tokenId: bigint;
  /** The collection's address, in lower case. */
  contract: `0x${string}`;
  /** How often the token had evolved when it looked like this. */
  epoch: number;
  /** The root over the attested picture's pixels as they were drawn here; none if there was nothing to draw. */
  pixelRoot: `0x${string}` | undefined;
  /** The level that the accepted answer holds; none unless there is one that stands. */
  level: Level | undefined;
}

/** The element's own events. */
export interface VerdigrisArtEventMap {
  /** A verdict was reached, or is another than before. Bubbles, and leaves shadow trees. */
  verified: CustomEvent<Verification>;
  /** Something is wrong with the attributes, the node or the renderer; `message` says what. Doesn't bubble. */
  error: ErrorEvent;
}

/** What an attribute can be set to; `null` and `undefined` remove it. */
export type Setting = string | number | bigint | null | undefined;

/** `<verdigris-art>`: draws a token from its seed on chain, and verifies it. */
export declare class VerdigrisArt extends HTMLElement {
  static readonly observedAttributes: readonly string[];

  /** EIP-155 chain id. */
  get chain(): string | null;
  set chain(value: Setting);
  /** The collection's address. */
  get contract(): string | null;
  set contract(value: Setting);
  /** The token's number, in decimal. */
  get tokenId(): string | null;
  set tokenId(value: Setting);
  /** Address of a node of that chain. */
  get rpc(): string | null;
  set rpc(value: Setting);
  /** How often the token had evolved when it looked like this; its present epoch, if not given. */
  get epoch(): string | null;
  set epoch(value: Setting);
  /** Width and height of the drawing in pixels, 1 to 2048; as large as the element on the screen, if not given. */
  get size(): string | null;
  set size(value: Setting);

  /** The verdict on what is shown; `pending` until there is one. */
  readonly verdict: Verdict;
  /** What the verdict rests on; none until there is one. */
  readonly verification: Verification | undefined;

  addEventListener<K extends keyof VerdigrisArtEventMap>(
    type: K,
    listener: (this: VerdigrisArt, event: VerdigrisArtEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: VerdigrisArt, event: HTMLElementEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** Registers the element under another name too; does nothing if that name is taken. */
export declare function defineVerdigrisArt(name?: string): void;

declare global {
  interface HTMLElementTagNameMap {
    "verdigris-art": VerdigrisArt;
  }
}
