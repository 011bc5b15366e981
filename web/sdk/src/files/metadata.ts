// Reads ERC-721 metadata: the token's own data URI, and the pinned document.
import { Failure } from "../failure.ts";

/** One line of `attributes`. */
export interface Attribute {
  name: string;
  value: string;
}

/** What this page takes from ERC-721 metadata. */
export interface Metadata {
  name: string;
  description: string;
  image: string;
  attributes: Attribute[];
  /** What the document says of the picture's making; absent before the seed is drawn. */
  verdigris: Record<string, unknown> | undefined;
}

const PNG_HEAD = "data:image/png;base64,";

/** The metadata in a `data:application/json` address, plain or in base64. */
export function parseTokenUri(uri: string): Metadata {
  const comma = uri.indexOf(",");
  const head = uri.slice(0, comma);
  if (comma < 0 || !/^data:application\/json(;|$)/i.test(head)) {
    throw new Failure("The token’s metadata isn’t the complete data URI that this collection promises.");
  }
  const body = uri.slice(comma + 1);
  if (!/;base64$/i.test(head)) return parseMetadata(new TextEncoder().encode(decodePercents(body)));
  return parseMetadata(decodeBase64(body));
}

/** The PNG inside of an `image` that carries one as base64. */
export function imageBytes(image: string): Uint8Array {
  const [head, body] = [image.slice(0, PNG_HEAD.length), image.slice(PNG_HEAD.length)];
  try {
    if (head === PNG_HEAD) return fromBase64(body);
  } catch (error) {
    throw new Failure("The token’s image is not whole.", "", { cause: error });
  }
  throw new Failure("The token’s image isn’t a PNG that it carries itself.");
}

/** The metadata in a UTF-8 JSON document. */
export function parseMetadata(document: Uint8Array): Metadata {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(document));
  } catch (error) {
    throw new Failure("The metadata document is not UTF-8 JSON.", "", { cause: error });
  }
  const fields = asRecord(value);
  if (!fields) throw new Failure("The metadata document is not a JSON object.");
  const attributes = Array.isArray(fields.attributes) ? fields.attributes : [];
  return {
    name: text(fields.name),
    description: text(fields.description),
    image: text(fields.image),
    attributes: attributes.flatMap((attribute) => parseAttribute(attribute)),
    verdigris: asRecord(fields.verdigris),
  };
}

function decodeBase64(body: string): Uint8Array {
  try {
    return fromBase64(body);
  } catch (error) {
    throw new Failure("The token’s metadata is not whole.", "", { cause: error });
  }
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function parseAttribute(attribute: unknown): Attribute[] {
  const fields = asRecord(attribute);
  const name = text(fields?.trait_type);
  const value = fields?.value;
  if (!name || (typeof value !== "string" && typeof value !== "number")) return [];
  return [{ name, value: String(value) }];
}

function decodePercents(body: string): string {
  try {
    return decodeURIComponent(body);
  } catch {
    return body; // a stray `%`: the URI was written unescaped
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : undefined;
}
