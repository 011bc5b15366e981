//! Bodies that came packed, unpacked within bounds. Format: RFC 1952.

use std::borrow::Cow;

use crc::{CRC_32_ISO_HDLC, Crc};
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

use crate::error::{Error, Result};
use crate::http::MAX_BODY;

/// How many times its own size a body may unpack to. A bomb comes to a thousand. Logs come to ten or fifty, but whoever
/// asks chooses the input, and a stream stops at a delivery that is never taken: a block full of requests whose inputs
/// are nothing but zeros (16,384 bytes each, the hub's most) has to pass.
const MAX_RATIO: usize = 400;
const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The body itself, or what it unpacks to. A packed one is known by its first two bytes, which begin no JSON, and not
/// by `content-encoding`: what stands between a provider and us may unpack a body and leave the header.
pub(super) fn unpacked(body: &[u8]) -> Result<Cow<'_, [u8]>> {
    let Some(member) = body.strip_prefix(&[0x1f, 0x8b]) else { return Ok(Cow::Borrowed(body)) };
    let limit = MAX_BODY.min(body.len().saturating_mul(MAX_RATIO));
    let (packed, sums) = after_header(member)
        .and_then(|rest| rest.split_last_chunk::<8>())
        .ok_or_else(|| malformed("it cannot be unpacked: its header is wrong or cut short".into()))?;
    let unpacked = decompress_to_vec_with_limit(packed, limit).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput if limit == MAX_BODY => Error::BodyTooLarge { limit },
        TINFLStatus::HasMoreOutput => malformed(format!("it unpacks to more than {MAX_RATIO} times its size")),
        _ => malformed("it cannot be unpacked: it is damaged or cut short".into()),
    })?;
    let (checksum, length) = (CHECKSUM.checksum(&unpacked).to_le_bytes(), (unpacked.len() as u32).to_le_bytes());
    if *sums != [checksum, length].concat()[..] {
        return Err(malformed("it cannot be unpacked: its checksum or length is not the one at its end".into()));
    }
    Ok(Cow::Owned(unpacked))
}

/// What follows a member's header, of which the first two bytes are gone already.
fn after_header(member: &[u8]) -> Option<&[u8]> {
    let (&[method, flags, ..], mut rest) = member.split_first_chunk::<8>()?;
    if method != 8 || flags & 0xe0 != 0 {
        return None;
    }
    if flags & 4 != 0 {
        let (length, extra) = rest.split_first_chunk::<2>()?;
        rest = extra.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    // A name and a comment, each up to a zero.
    for flag in [8, 16] {
        if flags & flag != 0 {
            rest = &rest[rest.iter().position(|&byte| byte == 0)? + 1..];
        }
    }
    if flags & 2 != 0 { rest.get(2..) } else { Some(rest) }
}

fn malformed(reason: String) -> Error {
    Error::Malformed { what: "the gzip body", reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;
    use flate2::write::GzEncoder;
    use flate2::{Compression, GzBuilder};
    use proptest::prelude::*;
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    /// Bytes that pack badly, so that the size is what stops them and not the ratio.
    fn noise(length: usize) -> Vec<u8> {
        let digit = |index: u64| {
            let mixed = (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 60
        };
        (0..length as u64).map(|index| b'a' + digit(index) as u8).collect()
    }

    #[test]
    fn what_another_gzip_packed_is_unpacked() {
        // python3: gzip.compress(b'{"a":1}', mtime=0).hex()
        let python = hex::decode("1f8b0800000000000203ab564a54b232ac0500afac1b5607000000").expect("hex");
        assert_eq!(unpacked(&python).expect("unpacked").as_ref(), br#"{"a":1}"#);
    }

    #[test]
    fn a_header_may_say_more() {
        let builder = GzBuilder::new().filename("logs.json").comment("of a block").extra(*b"any");
        let mut encoder = builder.write(Vec::new(), Compression::fast());
        encoder.write_all(b"[1]").expect("memory");
        let mut body = encoder.finish().expect("memory");
        assert_eq!(unpacked(&body).expect("unpacked").as_ref(), b"[1]");
        body[3] |= 0x20; // A flag that nobody knows.
        assert_eq!(unpacked(&body).map_err(|e| e.status()), Err(400));
    }

    #[test]
    fn what_is_not_packed_is_left_as_it_is() {
        for body in [&b"{}"[..], b"", b"\x1f", b"\x8b\x1f"] {
            assert!(matches!(unpacked(body), Ok(Cow::Borrowed(same)) if same == body));
        }
    }

    #[test]
    fn a_body_that_unpacks_to_more_than_a_body_may_have_is_refused() {
        assert_eq!(unpacked(&packed(&noise(MAX_BODY))).expect("unpacked").len(), MAX_BODY);
        let error = unpacked(&packed(&noise(MAX_BODY + 1))).expect_err("too large");
        assert_eq!(error, Error::BodyTooLarge { limit: MAX_BODY });
    }

    #[test]
    fn a_bomb_is_refused_long_before_it_has_gone_off() {
        for length in [200_000, 1 << 20, 64 << 20] {
            let error = unpacked(&packed(&vec![b' '; length])).expect_err("a bomb");
            assert!(matches!(error.status(), 400 | 413), "{error}");
        }
    }

    #[test]
    fn a_block_full_of_requests_whose_inputs_are_zeros_is_taken() {
        let request = |index: u64| {
            format!(r#"{{"topics":["{}"],"data":"0x{}"}},"#, keccak256(index.to_be_bytes()), "0".repeat(2 * 16_384))
        };
        let body: String = (0..31).map(request).collect();
        assert!(body.len() > MAX_BODY * 9 / 10);
        assert_eq!(unpacked(&packed(body.as_bytes())).expect("unpacked").as_ref(), body.as_bytes());
    }

    #[test]
    fn one_that_is_cut_short_or_damaged_is_refused_with_the_reason() {
        let whole = packed(&noise(1000));
        for length in 2..whole.len() {
            assert_eq!(unpacked(&whole[..length]).map_err(|e| e.status()), Err(400), "{length} bytes");
        }
        let mut damaged = whole.clone();
        let last = damaged.len() - 8;
        damaged[last] ^= 1; // Its checksum.
        let error = unpacked(&damaged).expect_err("damaged");
        assert!(error.to_string().starts_with("the gzip body is malformed: it cannot be unpacked"), "{error}");
    }

    proptest! {
        #[test]
        fn anything_that_claims_to_be_packed_is_read_without_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let _ = unpacked(&[&[0x1f, 0x8b, 8][..], &bytes].concat());
        }
    }
}
