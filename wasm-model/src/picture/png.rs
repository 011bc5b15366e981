//! PNG files of pictures: always the same bytes for the same pixels, since the file's name is its hash.
//!
//! Written here, with the same bytes as the `png` crate's, whose checksum brings 16 KB of tables that don't compress
//! into everything that draws. Format: <https://www.w3.org/TR/png-3/>.

use std::io::{self, Cursor};
use std::sync::LazyLock;

use crc::{CRC_32_ISO_HDLC, Crc};
use fdeflate::{Compressor, StoredOnlyCompressor};

use super::{Picture, PictureError};
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

/// Its table is made when it is first needed: a module that brought it along would be a kilobyte larger.
static CHECKSUM: LazyLock<Crc<u32>> = LazyLock::new(|| Crc::<u32>::new(&CRC_32_ISO_HDLC));
/// Bytes of a pixel: RGB, 8 bits each.
const PIXEL: usize = 3;

impl Picture {
    /// The picture as a PNG (8-bit RGB), written with fixed settings by a pinned compressor.
    ///
    /// # Errors
    /// Never for a picture that fits in memory; the compressor's errors are passed on.
    pub fn to_png(&self) -> Result<Vec<u8>, PictureError> {
        let size = u32::from(self.size).to_be_bytes();
        // Bit depth 8, colour type 2 (RGB), the one compression method, the one filter method, not interlaced.
        let header = [&size[..], &size[..], &[8, 2, 0, 0, 0]].concat();
        let image = compressed(&self.rgb, usize::from(self.size) * PIXEL);
        let image = image.map_err(|error| PictureError::Png(error.to_string()))?;
        let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
        for (name, content) in [(b"IHDR", header), (b"IDAT", image), (b"IEND", Vec::new())] {
            chunk(&mut out, name, &content);
        }
        Ok(out)
    }
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    out.extend((content.len() as u32).to_be_bytes());
    let checked = out.len();
    out.extend(name);
    out.extend(content);
    out.extend(CHECKSUM.checksum(&out[checked..]).to_be_bytes());
}

/// The rows, each behind its filter's number, as a zlib stream.
fn compressed(rgb: &[u8], row_len: usize) -> io::Result<Vec<u8>> {
    let mut compressor = Compressor::new(Cursor::new(Vec::new()))?;
    let mut filter = Filter::new(row_len);
    for row in rgb.chunks(row_len) {
        compressor.write_data(filter.row(row))?;
    }
    let compressed = compressor.finish()?.into_inner();
    let rows = rgb.len() / row_len;
    if compressed.len() <= StoredOnlyCompressor::<()>::compressed_size((row_len + 1) * rows) {
        return Ok(compressed);
    }
    let mut stored = StoredOnlyCompressor::new(Cursor::new(Vec::new()))?;
    for row in rgb.chunks(row_len) {
        stored.write_data(&[0])?;
        stored.write_data(row)?;
    }
    Ok(stored.finish()?.into_inner())
}

/// What each byte is predicted from: the pixel to its left, the one above, the one above to the left.
type Prediction = fn(&mut [u8], Neighbours<'_>);

/// Equally long: the row itself, and the same shifted to the left, up, and both.
#[derive(Clone, Copy)]
struct Neighbours<'a> {
    row: &'a [u8],
    left: &'a [u8],
    above: &'a [u8],
    corner: &'a [u8],
}

impl Neighbours<'_> {
    fn subtract(self, out: &mut [u8], predict: impl Fn(u8, u8, u8) -> u8) {
        let around = self.left.iter().zip(self.above).zip(self.corner);
        for ((out, row), ((&left, &above), &corner)) in out.iter_mut().zip(self.row).zip(around) {
            *out = row.wrapping_sub(predict(left, above, corner));
        }
    }
}

/// In the order in which they are tried; of equally good ones the last is taken.
const PREDICTIONS: [(u8, Prediction); 4] = [
    (2, |out, around| around.subtract(out, |_, above, _| above)),
    (1, |out, around| around.subtract(out, |left, _, _| left)),
    (3, |out, around| around.subtract(out, |left, above, _| (left & above) + ((left ^ above) >> 1))),
    (4, |out, around| around.subtract(out, paeth)),
];

/// Alan Paeth's: of the three neighbours the one that is nearest to left + above - corner.
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, above, corner].map(i16::from);
    let [to_left, to_above, to_corner] = [b - c, a - c, a + b - 2 * c].map(i16::abs);
    if to_left <= to_above && to_left <= to_corner {
        left
    } else if to_above <= to_corner {
        above
    } else {
        corner
    }
}

/// Chooses for each row the prediction with the least sum of differences (PNG specification, 12.7).
struct Filter {
    /// This row and the one before it, each behind a pixel of zeros.
    rows: [Vec<u8>; 2],
    /// The best of what was tried, and what is being tried, each behind its number.
    tried: [Vec<u8>; 2],
}

impl Filter {
    fn new(row_len: usize) -> Self {
        let behind = |bytes: usize| [vec![0; bytes + row_len], vec![0; bytes + row_len]];
        Self { rows: behind(PIXEL), tried: behind(1) }
    }

    fn row(&mut self, row: &[u8]) -> &[u8] {
        self.rows.swap(0, 1);
        let [this, before] = &mut self.rows;
        this[PIXEL..].copy_from_slice(row);
        let around = Neighbours { row, left: this, above: &before[PIXEL..], corner: before };
        let [best, next] = &mut self.tried;
        let mut least = u64::MAX;
        for (number, predict) in PREDICTIONS {
            next[0] = number;
            predict(&mut next[1..], around);
            let sum = next[1..].iter().map(|&byte| u64::from((byte as i8).unsigned_abs())).sum();
            if sum <= least {
                least = sum;
                core::mem::swap(best, next);
            }
            if least == 0 {
                break;
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same picture by the `png` crate.
    fn by_the_crate(picture: &Picture) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut out, picture.size.into(), picture.size.into());
        encoder.set_color(::png::ColorType::Rgb);
        encoder.set_depth(::png::BitDepth::Eight);
        encoder.set_compression(::png::Compression::Fast);
        encoder.write_header().and_then(|mut writer| writer.write_image_data(&picture.rgb)).expect("written");
        out
    }

    proptest! {
        #[test]
        fn a_picture_s_file_has_the_bytes_that_the_png_crate_writes(
            size in 1..=40u16,
            // From flat to noise: how far a byte may be from the one before it.
            step in 0..=255u8,
            noise in prop::collection::vec(any::<u8>(), 40 * 40 * PIXEL),
        ) {
            let mut value = 0u8;
            let rgb = noise[..usize::from(size).pow(2) * PIXEL]
                .iter()
                .map(|byte| {
                    value = value.wrapping_add(byte % (step / 8 * 8 + 1));
                    value
                })
                .collect();
            let picture = Picture { size, rgb };
            prop_assert_eq!(picture.to_png().expect("written"), by_the_crate(&picture));
        }
    }
}
