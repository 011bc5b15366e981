//! The picture that an answer claims, out of the file that it names. Whoever answered wrongly also chose the file, so
//! nothing in it is believed: neither its length, nor its form, nor that its pixels have the claimed root.

use std::io::Cursor;
use std::time::Duration;

use alloy_primitives::B256;
use cid::Cid;
use verdigris_model::picture::Picture;

use crate::http;

/// What a PNG file has besides its pixels, at most.
const OVERHEAD: u64 = 64 << 10;

/// Asks the gateways in turn for the picture with this root. The error says what each of them had.
pub async fn fetch(
    gateways: &[String],
    image_cid: &[u8],
    size: u16,
    root: B256,
    patience: Duration,
) -> Result<Picture, String> {
    let cid = Cid::try_from(image_cid).map_err(|error| format!("its file has no CID: {error}"))?;
    // Pixels that don't compress at all, and the filter's byte a row.
    let limit = (3 * u64::from(size) + 1) * u64::from(size) * 101 / 100 + OVERHEAD;
    let mut reasons = Vec::new();
    for gateway in gateways {
        let found = match http::get_within(&format!("{gateway}/ipfs/{cid}"), limit, patience).await {
            Ok(file) => in_background(move || decode(&file, size, root)).await,
            Err(error) => Err(error.to_string()),
        };
        match found {
            Ok(picture) => return Ok(picture),
            Err(reason) => reasons.push(reason),
        }
    }
    Err(reasons.join("; "))
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(error.to_string()))
}

/// Reads a PNG file of exactly `size` × `size` pixels, whose pixels have this root.
fn decode(file: &[u8], size: u16, root: B256) -> Result<Picture, String> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), png::Limits { bytes: 1 << 20 });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(|error| format!("its file is no PNG: {error}"))?;
    let wanted = u32::from(size);
    if (header.width, header.height) != (wanted, wanted) {
        return Err(format!("its file has {}×{} pixels, not {size}²", header.width, header.height));
    }
    if (header.color_type, header.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err("its file is no 8-bit RGB picture".into());
    }
    // Checked above, so the buffer's length is known.
    let mut rgb = vec![0; 3 * usize::from(size) * usize::from(size)];
    let mut reader = decoder.read_info().map_err(|error| format!("its file is no PNG: {error}"))?;
    if reader.output_buffer_size() != Some(rgb.len()) {
        return Err("its file is no plain 8-bit RGB picture".into());
    }
    reader.next_frame(&mut rgb).map_err(|error| format!("its file is no PNG: {error}"))?;
    let picture = Picture::from_rgb(size, rgb).map_err(|error| error.to_string())?;
    if picture.pixel_root() != root {
        return Err("its file has other pixels than it claims".into());
    }
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use verdigris_model::picture::{Painter, Stages};

    const STAGES: u32 = Stages::NEWEST.number();

    fn drawn(size: u16) -> (Picture, Vec<u8>, B256) {
        let picture = Painter::new(&verdigris_model::genesis(), STAGES, &[7; 32], &[0; 32])
            .and_then(|p| p.draw(size))
            .expect("drawn");
        let (png, root) = (picture.to_png().expect("a PNG"), picture.pixel_root().into());
        (picture, png, root)
    }

    /// A PNG file with any header that one likes.
    fn file(width: u32, height: u32, color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels)).expect("a PNG");
        out
    }

    #[test]
    fn a_picture_is_read_back_from_its_own_file() {
        let (picture, png, root) = drawn(24);
        assert_eq!(decode(&png, 24, root), Ok(picture));
    }

    #[test]
    fn files_of_another_size_form_or_content_are_refused_before_their_pixels_are_read() {
        let (_, png, root) = drawn(24);
        assert!(decode(&png, 25, root).is_err());
        assert!(decode(&png, 24, B256::ZERO).is_err());
        assert!(decode(&png[..png.len() / 2], 24, root).is_err());
        assert!(decode(b"\x89PNG", 24, root).is_err());
        assert!(decode(b"", 24, root).is_err());
        // Sixteen million pixels of nothing compress to a few kilobytes.
        let bomb = file(4096, 4096, png::ColorType::Grayscale, &vec![0; 4096 * 4096]);
        assert!(bomb.len() < 100_000);
        assert!(decode(&bomb, 24, root).is_err());
        assert!(decode(&file(24, 24, png::ColorType::Rgba, &[0; 4 * 24 * 24]), 24, root).is_err());
    }
}
