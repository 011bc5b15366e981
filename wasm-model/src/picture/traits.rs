//! Traits: what a token's word on chain says, and how a collection draws it from a seed.

use super::PictureError;

/// The traits of a token, each within its range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Traits {
    /// Index into [`super::PALETTES`].
    pub palette: u8,
    /// Which family of forms the network draws, 0 to 11.
    pub family: u8,
    /// 0 none, 1 mirror, 2 horizon, 3 diagonal, 4 quarter, 5 kaleidoscope.
    pub symmetry: u8,
    /// How much of the plane is seen, 0 (little, large forms) to 3.
    pub density: u8,
    /// 0 smooth, 1 grain, 2 contour, 3 poster, 4 hatch, 5 stipple.
    pub texture: u8,
    /// 0 none, 1 keyline, 2 mat, 3 tondo.
    pub frame: u8,
    /// 0 none, 1 seal, 2 orbit, 3 constellation.
    pub marks: u8,
    /// How often the token has evolved.
    pub epoch: u16,
}

/// A trait's name, and its values with their shares out of 256.
pub struct TraitKind {
    /// What it is called.
    pub name: &'static str,
    /// Names and shares of its values, in order.
    pub values: &'static [(&'static str, u8)],
}

/// The traits that are drawn from a seed, in the order of their bytes.
#[rustfmt::skip]
pub const TRAIT_KINDS: [TraitKind; 7] = [
    TraitKind { name: "Palette", values: &[
        ("Verdigris", 22), ("Ember", 18), ("Tidepool", 18), ("Orchid", 16), ("Saffron", 16), ("Glacier", 16),
        ("Moss", 15), ("Rosewood", 14), ("Nocturne", 14), ("Coral", 14), ("Lichen", 13), ("Indigo", 12), ("Clay", 12),
        ("Aurora", 11), ("Porcelain", 10), ("Obsidian", 9), ("Ultramarine", 8), ("Sakura", 7), ("Gilt", 6),
        ("Solstice", 5),
    ] },
    TraitKind { name: "Family", values: &[
        ("Flow", 28), ("Contours", 26), ("Cells", 24), ("Glass", 22), ("Rings", 22), ("Spiral", 16), ("Moire", 20),
        ("Marble", 24), ("Aurora", 18), ("Weave", 22), ("Dunes", 24), ("Rosette", 10),
    ] },
    TraitKind { name: "Symmetry", values: &[
        ("None", 132), ("Mirror", 40), ("Horizon", 28), ("Diagonal", 24), ("Quarter", 20), ("Kaleidoscope", 12),
    ] },
    TraitKind { name: "Density", values: &[("Vast", 40), ("Open", 80), ("Woven", 88), ("Dense", 48)] },
    TraitKind { name: "Texture", values: &[
        ("Smooth", 92), ("Grain", 64), ("Contour", 36), ("Poster", 28), ("Hatch", 24), ("Stipple", 12),
    ] },
    TraitKind { name: "Frame", values: &[("None", 120), ("Keyline", 64), ("Mat", 52), ("Tondo", 20)] },
    TraitKind { name: "Marks", values: &[("None", 128), ("Seal", 64), ("Orbit", 40), ("Constellation", 24)] },
];

/// How many values each trait has: [`TRAIT_KINDS`] without the names, which a browser needn't load.
const COUNTS: [u8; 7] = [20, 12, 6, 4, 6, 4, 4];

/// Where the epoch stands in the word, big-endian.
const EPOCH: core::ops::Range<usize> = 22..24;

impl Traits {
    /// Reads a traits word: trait *i* is byte 31 - *i*, the epoch bytes 22 and 23, everything else is zero.
    ///
    /// # Errors
    /// Names the first byte that holds something else.
    pub fn from_word(word: &[u8; 32]) -> Result<Self, PictureError> {
        for (byte, &value) in word.iter().enumerate().filter(|(byte, _)| !EPOCH.contains(byte)) {
            let count = COUNTS.get(31 - byte).copied().unwrap_or(1);
            if value >= count {
                return Err(PictureError::Traits { byte, value, most: count - 1 });
            }
        }
        let [palette, family, symmetry, density, texture, frame, marks] = core::array::from_fn(|i| word[31 - i]);
        let epoch = u16::from_be_bytes([word[22], word[23]]);
        Ok(Self { palette, family, symmetry, density, texture, frame, marks, epoch })
    }

    /// Writes the traits word.
    ///
    /// # Errors
    /// If a trait is out of its range.
    pub fn to_word(self) -> Result<[u8; 32], PictureError> {
        let mut word = [0; 32];
        for (i, value) in self.values().into_iter().enumerate() {
            word[31 - i] = value;
        }
        word[EPOCH].copy_from_slice(&self.epoch.to_be_bytes());
        Self::from_word(&word)?;
        Ok(word)
    }

    /// The traits that a collection gives a token with this seed, at epoch 0.
    pub fn of_seed(seed: &[u8; 32]) -> Self {
        let draws = super::hash_of(b"verdigris/traits/1", seed);
        let [palette, family, symmetry, density, texture, frame, marks] = core::array::from_fn(|i| {
            let mut left = draws[i];
            let mut value = 0;
            // The shares add up to 256, so the last value takes what is left.
            for &(_, share) in &TRAIT_KINDS[i].values[..TRAIT_KINDS[i].values.len() - 1] {
                if left < share {
                    break;
                }
                left -= share;
                value += 1;
            }
            value
        });
        Self { palette, family, symmetry, density, texture, frame, marks, epoch: 0 }
    }

    /// The values of all traits but the epoch, in the order of [`TRAIT_KINDS`].
    pub fn values(self) -> [u8; 7] {
        [self.palette, self.family, self.symmetry, self.density, self.texture, self.frame, self.marks]
    }

    /// The rarity of the rarest trait.
    pub fn rarity(self) -> &'static str {
        let shares =
            TRAIT_KINDS.iter().zip(self.values()).filter_map(|(kind, value)| kind.values.get(usize::from(value)));
        match shares.map(|&(_, share)| share).min().unwrap_or(u8::MAX) {
            0..=7 => "Legendary",
            8..=10 => "Rare",
            11..=14 => "Uncommon",
            _ => "Common",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_counts_are_those_of_the_table() {
        for (kind, count) in TRAIT_KINDS.iter().zip(COUNTS) {
            assert_eq!(kind.values.iter().map(|&(_, share)| u32::from(share)).sum::<u32>(), 256, "{}", kind.name);
            assert_eq!(kind.values.len(), usize::from(count), "{}", kind.name);
        }
        let names = super::super::PALETTES.map(|palette| palette.name);
        assert!(TRAIT_KINDS[0].values.iter().map(|&(name, _)| name).eq(names));
    }

    #[test]
    fn seeds_give_every_value_about_as_often_as_its_share_says() {
        let mut found = [[0u32; 20]; 7];
        for n in 0..20_000u32 {
            let traits = Traits::of_seed(&crate::keccak256(&n.to_be_bytes()));
            assert_eq!(Traits::from_word(&traits.to_word().expect("within range")), Ok(traits));
            for (counts, value) in found.iter_mut().zip(traits.values()) {
                counts[usize::from(value)] += 1;
            }
        }
        for (kind, counts) in TRAIT_KINDS.iter().zip(found) {
            for (&(name, share), count) in kind.values.iter().zip(counts) {
                let expected = f64::from(share) / 256.0 * 20_000.0;
                let off = (f64::from(count) - expected).abs();
                assert!(off < 5.0 * expected.sqrt(), "{} {name}: {count}, not {expected}", kind.name);
            }
        }
    }
}
