//! PNG files of pictures: always the same bytes for the same pixels, since the file's name is its hash.

use super::{Picture, PictureError};
use alloc::string::ToString;
use alloc::vec::Vec;

impl Picture {
    /// The picture as a PNG (8-bit RGB), written with fixed settings by a pinned encoder.
    ///
    /// # Errors
    /// Never for a picture that fits in memory; the encoder's errors are passed on.
    pub fn to_png(&self) -> Result<Vec<u8>, PictureError> {
        let mut out = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut out, self.size.into(), self.size.into());
        encoder.set_color(::png::ColorType::Rgb);
        encoder.set_depth(::png::BitDepth::Eight);
        encoder.set_compression(::png::Compression::Fast);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&self.rgb))
            .map_err(|error| PictureError::Png(error.to_string()))?;
        Ok(out)
    }
}
