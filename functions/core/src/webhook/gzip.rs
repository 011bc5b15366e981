//! Bodies that came packed, unpacked within bounds.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};
use crate::http::MAX_BODY;

/// How many times its own size a body may unpack to. A bomb comes to a thousand. Logs come to ten or fifty, but whoever
/// asks chooses the input, and a stream stops at a delivery that is never taken: a block full of requests whose inputs
/// are nothing but zeros (16,384 bytes each, the hub's most) has to pass.
const MAX_RATIO: usize = 400;

/// The body itself, or what it unpacks to. A packed one is known by its first two bytes, which begin no JSON, and not
/// by `content-encoding`: what stands between a provider and us may unpack a body and leave the header.
pub(super) fn unpacked(body: &[u8]) -> Result<Cow<'_, [u8]>> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(body));
    }
    let limit = MAX_BODY.min(body.len().saturating_mul(MAX_RATIO));
    let mut unpacked = Vec::new();
    // All members (RFC 1952): what nobody unpacks, nobody has signed. One byte more than there may be, which is how too many are noticed.
    let read = MultiGzDecoder::new(body).take(limit as u64 + 1).read_to_end(&mut unpacked);
    read.map_err(|error| malformed(format!("it cannot be unpacked: {error}")))?;
    match unpacked.len() {
        length if length <= limit => Ok(Cow::Owned(unpacked)),
        _ if limit == MAX_BODY => Err(Error::BodyTooLarge { limit }),
        _ => Err(malformed(format!("it unpacks to more than {MAX_RATIO} times its size"))),
    }
}

fn malformed(reason: String) -> Error {
    Error::Malformed { what: "the gzip body", reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;
    use flate2::Compression;
    use flate2::write::GzEncoder;
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
    fn every_member_counts_and_nothing_may_follow_the_last() {
        let two = [packed(b"{\"a\":"), packed(b"1}")].concat();
        assert_eq!(unpacked(&two).expect("unpacked").as_ref(), br#"{"a":1}"#);
        for behind in [&b"x"[..], b"{\"evil\":1}", &[0; 9], &packed(b"x")[..12]] {
            let body = [packed(b"{}"), behind.to_vec()].concat();
            assert_eq!(unpacked(&body).map_err(|error| error.status()), Err(400), "{behind:?}");
        }
        let bombs: Vec<u8> = (0..64).flat_map(|_| packed(&vec![b' '; 64 * 1024])).collect();
        assert_eq!(unpacked(&bombs).map_err(|error| error.status()), Err(413), "many small members are one body");
    }

    #[test]
    fn what_was_packed_twice_is_unpacked_once() {
        let inner = packed(br#"{"a":1}"#);
        assert_eq!(unpacked(&packed(&inner)).expect("unpacked").as_ref(), inner);
    }

    #[test]
    fn a_length_that_is_not_its_own_is_refused() {
        let mut wrong = packed(&noise(1000));
        let last = wrong.len() - 1;
        wrong[last] ^= 1;
        assert_eq!(unpacked(&wrong).map_err(|error| error.status()), Err(400));
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
