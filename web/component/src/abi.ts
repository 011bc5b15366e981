// Writes what contracts are asked and reads what they answer (the contracts' ABI), by the layouts in generated/calls.ts:
// words, byte strings, and structs of them, which is all that there is in them.
import { toBytes, toHex } from "../../sdk/src/render/hex.ts";

const WORD = 32;

/** One value of a layout: its name and type, and its parts if it is a struct. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly components?: readonly Field[];
}

/** A field's value: structs as objects, integers above 32 bits as bigint, fixed bytes and addresses as `0x…`. */
export type Value<F extends Field> = F extends { components: infer C extends readonly Field[] }
  ? Struct<C>
  : F["type"] extends "bytes"
    ? Uint8Array<ArrayBuffer>
    : F["type"] extends "uint8" | "uint16" | "uint32"
      ? number
      : F["type"] extends `uint${string}`
        ? bigint
        : `0x${string}`;

/** A struct's values, by name. */
export type Struct<C extends readonly Field[]> = { [F in C[number] as F["name"]]: Value<F> };

/** Several values, in their order. */
export type Values<O extends readonly Field[]> = { -readonly [K in keyof O]: Value<O[K]> };

/** The word of an argument: a number, or 32 bytes as `0x…`. */
export function encodeWord(value: bigint | number | string): string {
  return (typeof value === "string" ? value.slice(2) : value.toString(16)).padStart(2 * WORD, "0");
}

/** Values from the bytes (`0x…`) that a node sent; throws what is wrong with them. */
export function decode<const O extends readonly Field[]>(fields: O, hex: string): Values<O> {
  return readAll(fields, toBytes(hex)) as Values<O>;
}

/** Values side by side: `bytes` begins where the places that they name are counted from. */
function readAll(fields: readonly Field[], bytes: Uint8Array<ArrayBuffer>): unknown[] {
  let head = 0;
  return fields.map((field) => {
    const place = isElsewhere(field) ? readLength(field, bytes, head) : head;
    head += lengthOf(field);
    if (place > bytes.length)
      throw new Error(`${called(field)} lies ${place} bytes on, where there are ${bytes.length}.`);
    return readValue(field, bytes.subarray(place));
  });
}

function readValue(field: Field, bytes: Uint8Array<ArrayBuffer>): unknown {
  if (field.components) {
    const values = readAll(field.components, bytes);
    return Object.fromEntries(field.components.map(({ name }, at) => [name, values[at]]));
  }
  if (field.type === "bytes") return readBytes(field, bytes);
  const word = wordAt(field, bytes, 0);
  if (field.type === "bytes32") return toHex(word);
  const bits = field.type === "address" ? 160 : Number(field.type.slice("uint".length));
  const unused = WORD - bits / 8;
  if (word.subarray(0, unused).some((byte) => byte !== 0)) throw new Error(`${called(field)} is no ${field.type}.`);
  const hex = toHex(word.subarray(unused));
  if (field.type === "address") return hex;
  return bits <= 32 ? Number(hex) : BigInt(hex);
}

function readBytes(field: Field, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const length = readLength(field, bytes, 0);
  const left = bytes.length - WORD;
  if (length > left) throw new Error(`${called(field)} should have ${length} bytes, and ${left} are left.`);
  return bytes.slice(WORD, WORD + length);
}

/** A word that says how many bytes something has, or how far away it is. */
function readLength(field: Field, bytes: Uint8Array<ArrayBuffer>, at: number): number {
  const hex = toHex(wordAt(field, bytes, at));
  const length = Number(hex);
  if (!Number.isSafeInteger(length)) throw new Error(`${called(field)} names a length of ${hex}.`);
  return length;
}

function wordAt(field: Field, bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> {
  if (at + WORD > bytes.length) throw new Error(`it ends before ${called(field)} does.`);
  return bytes.subarray(at, at + WORD);
}

/** Whether a value lies behind the others, and only its place among them. */
function isElsewhere({ type, components }: Field): boolean {
  return type === "bytes" || (components?.some(isElsewhere) ?? false);
}

/** How many bytes a value takes among the others. */
function lengthOf(field: Field): number {
  if (isElsewhere(field) || !field.components) return WORD;
  return field.components.reduce((sum, part) => sum + lengthOf(part), 0);
}

function called({ name }: Field): string {
  return name ? `“${name}”` : "its value";
}
