// Style 1: a palette, and a texture laid over it.

/** Five stops from dark to light and an accent, by the trait's number. */
const PALETTES = [
  "0b1f24 155e5b 3fa796 a8dcc4 f4efe0 c8703a",
  "160b14 5a1226 c0361f f29345 ffe9b8 2f8f9d",
  "071a2b 0e4d64 188a8d 74c7a5 f6f0d8 ff6f59",
  "1a0b2e 55256b a6489b e79bc4 fbeaf0 f2c14e",
  "20120a 7a3a0c d9820f f6c24a fff5d6 1f6f78",
  "0a1626 23486b 5b8fb9 b4d7e8 f7fbfc e8505b",
  "0f1a12 2f4a2b 6b8546 b9c27c f3f1da e07a5f",
  "1c0a10 5b1a2b 9d3c4a db8f86 f9e7dc 4f9d8b",
  "05060f 141c44 36408f 8a8fd0 e9e6f7 f7c85c",
  "2a0e1b 8c2f45 f0655a ffb199 fff1e6 2a9d8f",
  "16201d 46574b 8a9a72 cbd09a f7f4e3 e3b23c",
  "0b0a24 2a2372 4f56c5 97a9ee f2f4ff ff8c61",
  "22140f 6b3b2a b87350 e2b594 faf0e4 3a6b7e",
  "0a1033 1b4b72 1fa187 8fe388 f6f9c9 e45dbf",
  "1d2b4f 4568a8 a3bedd e3eaf0 fdfbf7 c9a24b",
  "08080a 26262c 55555f a0a0a8 f1efea d7263d",
  "0a0f2e 1d2f8a 3f6fd8 9cc4f2 f8f3e3 e8a33d",
  "2b1220 7a3352 d9799b f5bccb fff6f2 5b8c7b",
  "0d0b08 3a2f1b 8c6f2f d9b65a fbf1d3 8f2d2d",
  "101424 3b2b58 a2436b f08a4b ffe39a 3fb8af",
].map((line) => line.split(" ").map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))));

/** A token's colours: `inks`, and a function that colours one pixel. */
export function lookOf(traits) {
  const palette = PALETTES[traits.palette];
  const inks = { dark: palette[0], light: palette[4], accent: palette[5] };
  const tones = tonesOf(palette);
  const texture = TEXTURES[traits.texture];
  const [red, green, blue] = inks.accent;

  /** Colours the pixel at `rgb[at..at + 3]`, whose point is (p, q), from its fields. */
  function colour(rgb, at, tone, accent, edge, p, q) {
    const changed = texture(tone, 128 + edge, p + 2048, q + 2048);
    const base = 3 * (changed & 255);
    const gain = Math.max(changed >> 8, 0);
    const weight = Math.min(Math.max(((5 * accent) >> 2) - 32, 0), 256);
    const left = 256 - weight;
    rgb[at] = Math.min((((tones[base] * left + red * weight + 128) >> 8) * gain) >> 8, 255);
    rgb[at + 1] = Math.min((((tones[base + 1] * left + green * weight + 128) >> 8) * gain) >> 8, 255);
    rgb[at + 2] = Math.min((((tones[base + 2] * left + blue * weight + 128) >> 8) * gain) >> 8, 255);
  }
  return { inks, colour };
}

/** The 256 tones between a palette's stops. */
function tonesOf(palette) {
  const tones = new Uint8Array(3 * 256);
  for (let tone = 0; tone < 256; tone++) {
    const [i, f] = [tone >> 6, tone & 63];
    for (let c = 0; c < 3; c++) tones[3 * tone + c] = (palette[i][c] * (64 - f) + palette[i + 1][c] * f + 32) >> 6;
  }
  return tones;
}

/** A tone (0 to 255) and a gain (256 is neutral) in one number, so that nothing is allocated for each pixel. */
const pack = (tone, gain) => (gain << 8) | tone;

/** The distance from the middle of one of the lines that lie 128 units apart. */
const fromLine = (at) => Math.abs((at & 127) - 64);

/** Textures by the trait's number: each changes tone and gain at a point. */
const TEXTURES = [
  pack,
  function grain(tone, gain, x, y) {
    let n = Math.imul(x >> 3, 0x9e3779b1) ^ Math.imul(y >> 3, 0x85ebca77);
    n = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d) >>> 24;
    return pack(tone, gain + ((n - 128) >> 1));
  },
  function contour(tone, gain) {
    const within = tone & 31;
    return pack(tone, gain - 36 * Math.max(3 - Math.min(within, 32 - within), 0));
  },
  function poster(tone, gain) {
    const [band, within] = [(tone * 5) >> 8, (tone * 5) & 255];
    return pack(band * 51 + ((Math.max(within - 192, 0) * 51) >> 6), gain);
  },
  function hatch(tone, gain, x, y) {
    const slanted = fromLine(x + y) < Math.max((208 - tone) >> 2, 6) ? 64 : 0;
    const crossed = fromLine(x - y) < (96 - tone) >> 1 ? 48 : 0;
    return pack(tone, gain - slanted - crossed);
  },
  function stipple(tone, gain, x, y) {
    const [dx, dy] = [(x & 127) - 64, (y & 127) - 64];
    return pack(tone, dx * dx + dy * dy <= 256 + 24 * tone ? gain : (gain * 100) >> 8);
  },
];
