// Bytes to hexadecimal digits and back; here, so that a drawing worker and the web component need no library.

/** Bytes as `0x…`. */
export function toHex(bytes: Uint8Array): `0x${string}` {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** `0x…` as bytes. */
export function toBytes(hex: string): Uint8Array<ArrayBuffer> {
  if (!hex.startsWith("0x")) throw new Error("Hexadecimal digits must begin with 0x.");
  if (hex.length % 2 !== 0) throw new Error("There is an odd number of hexadecimal digits.");
  const bytes = new Uint8Array(hex.length / 2 - 1);
  for (let at = 0; at < bytes.length; at++) bytes[at] = 16 * digitAt(hex, 2 * at + 2) + digitAt(hex, 2 * at + 3);
  return bytes;
}

function digitAt(hex: string, at: number): number {
  const code = hex.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48; // 0 to 9
  const letter = code | 32;
  if (letter >= 97 && letter <= 102) return letter - 87; // a to f
  throw new Error(`“${hex[at]}” is no hexadecimal digit.`);
}
