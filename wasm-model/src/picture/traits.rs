//! Traits and latents: what a token's two words on chain mean to the network.

use super::PictureError;

/// The traits of a token, each within its range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Traits {
    /// Index into [`super::style::PALETTES`], 0 to 15.
    pub palette: u8,
    /// Which family of forms the network draws, 0 to 3.
    pub family: u8,
    /// 0 none, 1 mirror, 2 quarter, 3 kaleidoscope.
    pub symmetry: u8,
    /// How much of the plane is seen, 0 (little, large forms) to 3 (all of it).
    pub density: u8,
}

impl Traits {
    /// Reads a traits word: trait *i* is byte 31 - *i*, everything else is zero.
    ///
    /// # Errors
    /// Names the first byte that holds something else.
    pub fn from_word(word: &[u8; 32]) -> Result<Self, PictureError> {
        for (byte, &value) in word.iter().enumerate() {
            let (most, rule) = match byte {
                31 => (15, "the palette is 0 to 15"),
                30 => (3, "the family is 0 to 3"),
                29 => (3, "the symmetry is 0 to 3"),
                28 => (3, "the density is 0 to 3"),
                _ => (0, "it must be 0, there is no such trait"),
            };
            if value > most {
                return Err(PictureError::Traits { byte, value, rule });
            }
        }
        Ok(Self { palette: word[31], family: word[30], symmetry: word[29], density: word[28] })
    }

    /// Writes the traits word.
    ///
    /// # Errors
    /// If a trait is out of its range.
    pub fn to_word(self) -> Result<[u8; 32], PictureError> {
        let mut word = [0; 32];
        word[28..].copy_from_slice(&[self.density, self.symmetry, self.family, self.palette]);
        Self::from_word(&word)?;
        Ok(word)
    }
}

/// The latent of a token: 20 bytes of the seed's hash, then the family as one of four switches.
pub fn latent(seed: &[u8; 32], traits: Traits) -> [i16; 24] {
    let mut text = *b"verdigris/latent/1................................";
    text[18..].copy_from_slice(seed);
    let hash = crate::keccak256(&text);
    let switch = 20 + usize::from(traits.family);
    core::array::from_fn(|i| if i < 20 { i16::from(hash[i] as i8) } else { 127 * i16::from(i == switch) })
}
