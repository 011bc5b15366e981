// The custom element: reads its attributes, shows the token that they name, and tells the page what came of it.
import type * as declared from "../verdigris-art.d.ts";
import { ATTRIBUTES, readAttributes, readSize, type Wanted } from "./attributes.ts";
import { createScreen, type Screen } from "./screen.ts";
import { show } from "./show.ts";
import { wordsOf } from "./words.ts";

/** The properties beside the attributes. */
const PROPERTIES = ["chain", "contract", "tokenId", "rpc", "epoch", "size"] as const;

/** Where pages are made on a server there are no elements; importing this there does no harm. */
const Element: typeof HTMLElement = globalThis.HTMLElement ?? class {};

/** `<verdigris-art>`. */
export class VerdigrisArt extends Element implements Omit<declared.VerdigrisArt, keyof HTMLElement> {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  readonly #screen: Screen;
  #cancel = new AbortController();
  /** What the verdict is about, and what it was told to be. */
  #subject = "";
  #told = "";
  #verification: declared.Verification | undefined;

  constructor() {
    super();
    this.#screen = createScreen(this.attachShadow({ mode: "open" }));
  }

  /** The verdict on what is shown; `pending` until there is one. */
  get verdict(): declared.Verdict {
    return this.#verification?.verdict ?? "pending";
  }

  /** What the verdict rests on; none until there is one. */
  get verification(): declared.Verification | undefined {
    return this.#verification;
  }

  get chain(): string | null {
    return this.getAttribute("chain");
  }
  set chain(value: declared.Setting) {
    set(this, "chain", value);
  }

  get contract(): string | null {
    return this.getAttribute("contract");
  }
  set contract(value: declared.Setting) {
    set(this, "contract", value);
  }

  get tokenId(): string | null {
    return this.getAttribute("token-id");
  }
  set tokenId(value: declared.Setting) {
    set(this, "token-id", value);
  }

  get rpc(): string | null {
    return this.getAttribute("rpc");
  }
  set rpc(value: declared.Setting) {
    set(this, "rpc", value);
  }

  get epoch(): string | null {
    return this.getAttribute("epoch");
  }
  set epoch(value: declared.Setting) {
    set(this, "epoch", value);
  }

  get size(): string | null {
    return this.getAttribute("size");
  }
  set size(value: declared.Setting) {
    set(this, "size", value);
  }

  connectedCallback(): void {
    for (const name of PROPERTIES) takeEarlier(this, name);
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#cancel.abort();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before !== after && this.isConnected) this.#begin();
  }

  /** Shows what the attributes say, once all that are being set now are. */
  #begin(): void {
    this.#cancel.abort();
    const cancel = new AbortController();
    this.#cancel = cancel;
    queueMicrotask(() => cancel.signal.aborted || this.#show(cancel.signal));
  }

  #show(signal: AbortSignal): void {
    const get = (name: string) => this.getAttribute(name);
    let wanted: Wanted;
    try {
      this.#turnTo(
        ATTRIBUTES.filter((name) => name !== "size")
          .map(get)
          .join("\n"),
      );
      wanted = readAttributes(get, this.baseURI);
      this.#screen.resize(readSize(get));
    } catch (error) {
      this.#explain(error);
      return;
    }
    const audience = {
      element: this,
      screen: this.#screen,
      onFound: (found: declared.Verification) => this.#tell(found),
      onTrouble: (error: unknown) => this.#explain(error),
    };
    show(wanted, audience, signal).catch((error: unknown) => signal.aborted || this.#explain(error));
  }

  /** What was shown and found goes, unless it is about the same token. */
  #turnTo(subject: string): void {
    this.dataset.verdict ??= "pending";
    if (subject === this.#subject) return;
    this.#subject = subject;
    this.#told = "";
    this.#verification = undefined;
    this.dataset.verdict = "pending";
    this.#screen.clear();
    this.#screen.describe("A picture on its way.");
  }

  #tell(found: declared.Verification): void {
    const { verdict, checks } = found;
    const news = JSON.stringify([verdict, found.epoch, found.level, found.pixelRoot, checks]);
    if (news === this.#told) return;
    this.#told = news;
    this.#verification = found;
    this.dataset.verdict = verdict;
    this.dispatchEvent(new CustomEvent("verified", { detail: found, bubbles: true, composed: true }));
  }

  #explain(error: unknown): void {
    const message = wordsOf(error);
    this.#screen.say(message);
    this.dispatchEvent(new ErrorEvent("error", { message, error }));
  }
}

/** Sets an attribute, or takes it away. */
function set(element: VerdigrisArt, attribute: (typeof ATTRIBUTES)[number], value: declared.Setting): void {
  if (value === null || value === undefined) element.removeAttribute(attribute);
  else element.setAttribute(attribute, String(value));
}

/** A property that was set before the element was defined hides the one here: takes its value, and takes it away. */
function takeEarlier(element: VerdigrisArt, property: (typeof PROPERTIES)[number]): void {
  if (!Object.hasOwn(element, property)) return;
  const value = element[property];
  Reflect.deleteProperty(element, property);
  element[property] = value;
}
