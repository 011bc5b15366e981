//! The one pixel that proves a picture wrong, with the tile that it stands in.

use alloy_primitives::B256;
use verdigris_core::abi::IInferenceHub::Opening;
use verdigris_model::picture::{Painter, Picture, PictureError, TILE_BYTES, TILE_SIDE};

/// A pixel of a claimed picture that the model draws otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The tile, with its path to the claimed root.
    pub opening: Opening,
    /// The pixel's place in the tile.
    pub column: u8,
    /// The pixel's place in the tile.
    pub row: u8,
    /// What is claimed.
    pub claimed: [u8; 3],
    /// What the model draws; black outside the picture.
    pub right: [u8; 3],
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { opening, column, row, claimed, right } = self;
        let (claimed, right) = (hex::encode(claimed), hex::encode(right));
        write!(f, "pixel ({column}, {row}) of tile {} is #{right}, not #{claimed}", opening.index)
    }
}

/// The first tile in which a claimed picture differs from what is drawn, and a pixel in it. `None` if there is none.
pub fn first(painter: &Painter, claimed: &Picture) -> Result<Option<Fault>, PictureError> {
    for index in 0..claimed.tile_count() {
        let right = tile(painter, claimed.size(), index)?;
        if right != claimed.tile(index)? {
            let shown = claimed.tile_proof(index)?;
            let proof = shown.proof.into_iter().map(B256::from).collect();
            return Ok(in_tile(&right, Opening { index, tile: words(&shown.tile), proof }));
        }
    }
    Ok(None)
}

/// A pixel in which a tile differs from the right one. `None` if there is none.
pub fn in_tile(right: &[u8; TILE_BYTES], opening: Opening) -> Option<Fault> {
    let shown = bytes(&opening.tile);
    let (right, shown) = (right.as_chunks::<3>().0, shown.as_chunks::<3>().0);
    let at = right.iter().zip(shown).position(|(right, shown)| right != shown)?;
    Some(Fault {
        column: (at % TILE_SIDE) as u8,
        row: (at / TILE_SIDE) as u8,
        claimed: shown[at],
        right: right[at],
        opening,
    })
}

/// Draws one tile of a picture; black where it reaches beyond.
pub fn tile(painter: &Painter, size: u16, index: u32) -> Result<[u8; TILE_BYTES], PictureError> {
    let across = u32::from(size).div_ceil(TILE_SIDE as u32);
    let side = TILE_SIDE as u16;
    let (left, top) = ((index % across) as u16 * side, (index / across) as u16 * side);
    let mut tile = [0; TILE_BYTES];
    for (at, pixel) in (0..side * side).zip(tile.as_chunks_mut::<3>().0) {
        let (x, y) = (left + at % side, top + at / side);
        if x < size && y < size {
            *pixel = painter.pixel(size, x, y)?;
        }
    }
    Ok(tile)
}

/// A tile's bytes, as the contracts' words.
fn words(tile: &[u8; TILE_BYTES]) -> [B256; 6] {
    std::array::from_fn(|word| B256::from_slice(&tile[32 * word..][..32]))
}

fn bytes(words: &[B256; 6]) -> [u8; TILE_BYTES] {
    std::array::from_fn(|at| words[at / 32][at % 32])
}

#[cfg(test)]
mod tests {
    use super::*;
    use verdigris_model::picture::Stages;

    const STAGES: u32 = Stages::NEWEST.number();

    fn painter() -> Painter {
        Painter::new(&verdigris_model::genesis(), STAGES, &[7; 32], &[0; 32]).expect("a painter")
    }

    fn with_wrong_pixel(picture: &Picture, x: usize, y: usize) -> Picture {
        let size = picture.size();
        let mut rgb = picture.rgb().to_vec();
        rgb[3 * (y * usize::from(size) + x) + 1] ^= 0x40;
        Picture::from_rgb(size, rgb).expect("a picture")
    }

    #[test]
    fn one_wrong_pixel_is_found_wherever_it_is() {
        let right = painter().draw(20).expect("drawn"); // 3×3 tiles, the last ones reaching beyond the picture
        for (x, y, tile, column, row) in [(0, 0, 0, 0, 0), (9, 2, 1, 1, 2), (19, 19, 8, 3, 3), (3, 17, 6, 3, 1)] {
            let claimed = with_wrong_pixel(&right, x, y);
            let fault = first(&painter(), &claimed).expect("tiles").expect("a fault");
            assert_eq!((fault.opening.index, fault.column, fault.row), (tile, column, row));
            let proof = claimed.tile_proof(tile).expect("a proof");
            assert_eq!(fault.opening.proof, proof.proof.into_iter().map(B256::from).collect::<Vec<_>>());
            assert_eq!(bytes(&fault.opening.tile), proof.tile);
            assert_eq!(fault.claimed[1] ^ 0x40, fault.right[1]);
        }
        assert_eq!(first(&painter(), &right), Ok(None));
        for index in 0..right.tile_count() {
            assert_eq!(tile(&painter(), 20, index), right.tile(index));
        }
    }

    #[test]
    fn a_pixel_outside_the_picture_must_be_black() {
        let right = tile(&painter(), 20, 8).expect("a tile");
        let mut shown = right;
        shown[3 * 63] = 1;
        let fault = in_tile(&right, Opening { index: 8, tile: words(&shown), proof: vec![] }).expect("a fault");
        assert_eq!((fault.column, fault.row, fault.right), (7, 7, [0; 3]));
    }
}
