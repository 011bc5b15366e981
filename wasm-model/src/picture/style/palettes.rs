//! The palettes of style 1.

/// A palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Its name.
    pub name: &'static str,
    /// From darkest to lightest, RGB.
    pub stops: [[u8; 3]; 5],
    /// The colour that stands against them, RGB.
    pub accent: [u8; 3],
}

const fn palette(name: &'static str, stops: [u32; 5], accent: u32) -> Palette {
    let [a, b, c, d, e] = stops;
    Palette { name, stops: [rgb(a), rgb(b), rgb(c), rgb(d), rgb(e)], accent: rgb(accent) }
}

const fn rgb(colour: u32) -> [u8; 3] {
    [(colour >> 16) as u8, (colour >> 8) as u8, colour as u8]
}

/// Palettes by their trait's number.
pub const PALETTES: [Palette; 20] = [
    palette("Verdigris", [0x0b1f24, 0x155e5b, 0x3fa796, 0xa8dcc4, 0xf4efe0], 0xc8703a),
    palette("Ember", [0x160b14, 0x5a1226, 0xc0361f, 0xf29345, 0xffe9b8], 0x2f8f9d),
    palette("Tidepool", [0x071a2b, 0x0e4d64, 0x188a8d, 0x74c7a5, 0xf6f0d8], 0xff6f59),
    palette("Orchid", [0x1a0b2e, 0x55256b, 0xa6489b, 0xe79bc4, 0xfbeaf0], 0xf2c14e),
    palette("Saffron", [0x20120a, 0x7a3a0c, 0xd9820f, 0xf6c24a, 0xfff5d6], 0x1f6f78),
    palette("Glacier", [0x0a1626, 0x23486b, 0x5b8fb9, 0xb4d7e8, 0xf7fbfc], 0xe8505b),
    palette("Moss", [0x0f1a12, 0x2f4a2b, 0x6b8546, 0xb9c27c, 0xf3f1da], 0xe07a5f),
    palette("Rosewood", [0x1c0a10, 0x5b1a2b, 0x9d3c4a, 0xdb8f86, 0xf9e7dc], 0x4f9d8b),
    palette("Nocturne", [0x05060f, 0x141c44, 0x36408f, 0x8a8fd0, 0xe9e6f7], 0xf7c85c),
    palette("Coral", [0x2a0e1b, 0x8c2f45, 0xf0655a, 0xffb199, 0xfff1e6], 0x2a9d8f),
    palette("Lichen", [0x16201d, 0x46574b, 0x8a9a72, 0xcbd09a, 0xf7f4e3], 0xe3b23c),
    palette("Indigo", [0x0b0a24, 0x2a2372, 0x4f56c5, 0x97a9ee, 0xf2f4ff], 0xff8c61),
    palette("Clay", [0x22140f, 0x6b3b2a, 0xb87350, 0xe2b594, 0xfaf0e4], 0x3a6b7e),
    palette("Aurora", [0x0a1033, 0x1b4b72, 0x1fa187, 0x8fe388, 0xf6f9c9], 0xe45dbf),
    palette("Porcelain", [0x1d2b4f, 0x4568a8, 0xa3bedd, 0xe3eaf0, 0xfdfbf7], 0xc9a24b),
    palette("Obsidian", [0x08080a, 0x26262c, 0x55555f, 0xa0a0a8, 0xf1efea], 0xd7263d),
    palette("Ultramarine", [0x0a0f2e, 0x1d2f8a, 0x3f6fd8, 0x9cc4f2, 0xf8f3e3], 0xe8a33d),
    palette("Sakura", [0x2b1220, 0x7a3352, 0xd9799b, 0xf5bccb, 0xfff6f2], 0x5b8c7b),
    palette("Gilt", [0x0d0b08, 0x3a2f1b, 0x8c6f2f, 0xd9b65a, 0xfbf1d3], 0x8f2d2d),
    palette("Solstice", [0x101424, 0x3b2b58, 0xa2436b, 0xf08a4b, 0xffe39a], 0x3fb8af),
];
