//! Bodies that came packed, unpacked within bounds. Format: RFC 1952.
//!
//! What surrounds the packed bytes is read here: flate2's own reader has a checksum with 16 KB of tables that don't
//! compress, which is much in a Worker.

use std::borrow::Cow;
use std::io::Read;
use std::sync::LazyLock;

use crc::{CRC_32_ISO_HDLC, Crc};
use flate2::bufread::DeflateDecoder;

use crate::error::{Error, Result};
use crate::http::MAX_BODY;

/// Its table is made when it is first needed: a Worker that brought it along would be a kilobyte larger.
static CHECKSUM: LazyLock<Crc<u32>> = LazyLock::new(|| Crc::<u32>::new(&CRC_32_ISO_HDLC));
/// The one compression method.
const DEFLATE: u8 = 8;
/// Bits of a header's flags: what it has behind its fixed part.
const HEADER_CHECKSUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

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
    let unpacked = members(body, limit).map_err(|reason| malformed(format!("it cannot be unpacked: {reason}")))?;
    match unpacked.len() {
        length if length <= limit => Ok(Cow::Owned(unpacked)),
        _ if limit == MAX_BODY => Err(Error::BodyTooLarge { limit }.into()),
        _ => Err(malformed(format!("it unpacks to more than {MAX_RATIO} times its size"))),
    }
}

/// All members: what nobody unpacks, nobody has signed. Stops at one byte more than there may be, which is how too many
/// are noticed.
fn members(mut rest: &[u8], limit: usize) -> Result<Vec<u8>, &'static str> {
    let mut unpacked = Vec::new();
    while !rest.is_empty() && unpacked.len() <= limit {
        let start = unpacked.len();
        header(&mut rest).ok_or("a header is wrong")?;
        let left = limit + 1 - start;
        let read = DeflateDecoder::new(&mut rest).take(left as u64).read_to_end(&mut unpacked);
        if read.map_err(|_| "it is damaged or cut short")? == left {
            break;
        }
        let member = &unpacked[start..];
        let expected = [CHECKSUM.checksum(member), member.len() as u32].map(u32::to_le_bytes);
        if rest.split_off(..8) != Some(expected.as_flattened()) {
            return Err("a checksum or length is wrong");
        }
    }
    Ok(unpacked)
}

/// Reads past a member's header.
fn header(rest: &mut &[u8]) -> Option<()> {
    let whole = *rest;
    let &[0x1f, 0x8b, DEFLATE, flags, ..] = rest.split_off(..10)? else { return None };
    if flags & RESERVED != 0 {
        return None;
    }
    if flags & EXTRA != 0 {
        let length = u16::from_le_bytes(rest.split_off(..2)?.try_into().ok()?);
        rest.split_off(..usize::from(length))?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|&byte| byte == 0)?;
            rest.split_off(..=end)?;
        }
    }
    if flags & HEADER_CHECKSUM != 0 {
        let expected = CHECKSUM.checksum(&whole[..whole.len() - rest.len()]) as u16;
        return (rest.split_off(..2)? == expected.to_le_bytes()).then_some(());
    }
    Some(())
}

fn malformed(reason: String) -> Box<Error> {
    Error::Malformed { what: "the gzip body", reason }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;
    use flate2::read::MultiGzDecoder;
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
    fn what_is_not_packed_is_left_as_it_is() {
        for body in [&b"{}"[..], b"", b"\x1f", b"\x8b\x1f"] {
            assert!(matches!(unpacked(body), Ok(Cow::Borrowed(same)) if same == body));
        }
    }

    #[test]
    fn a_body_that_unpacks_to_more_than_a_body_may_have_is_refused() {
        assert_eq!(unpacked(&packed(&noise(MAX_BODY))).expect("unpacked").len(), MAX_BODY);
        let error = unpacked(&packed(&noise(MAX_BODY + 1))).expect_err("too large");
        assert_eq!(error, Error::BodyTooLarge { limit: MAX_BODY }.into());
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

        #[test]
        fn what_is_read_is_what_flate2_reads(
            members in prop::collection::vec(member(), 1..4),
            damage in prop::option::of((any::<prop::sample::Index>(), 1..=255u8)),
        ) {
            let mut body = members.concat();
            if let Some((place, bits)) = damage {
                // Not in the first two bytes, by which a packed body is known.
                let place = 2 + place.index(body.len() - 2);
                body[place] ^= bits;
            }
            let mut expected = Vec::new();
            let expected = MultiGzDecoder::new(body.as_slice()).read_to_end(&mut expected).ok().map(|_| expected);
            prop_assert_eq!(unpacked(&body).ok().map(Cow::into_owned), expected);
        }
    }

    /// A member with any of the parts that a header may have.
    fn member() -> impl Strategy<Value = Vec<u8>> {
        let bytes = |most| prop::collection::vec(any::<u8>(), 0..most);
        let text = || prop::option::of("[a-z]{0,9}");
        (bytes(200), prop::option::of(bytes(20)), text(), text(), any::<bool>()).prop_map(
            |(content, extra, name, comment, has_checksum)| {
                let mut header = GzBuilder::new();
                header = extra.into_iter().fold(header, GzBuilder::extra);
                header = name.into_iter().fold(header, GzBuilder::filename);
                header = comment.into_iter().fold(header, GzBuilder::comment);
                let mut encoder = header.write(Vec::new(), Compression::fast());
                encoder.write_all(&content).expect("memory");
                let mut member = encoder.finish().expect("memory");
                if has_checksum {
                    let mut rest = member.as_slice();
                    super::header(&mut rest).expect("a header");
                    let end = member.len() - rest.len();
                    member[3] |= HEADER_CHECKSUM;
                    let checksum = CHECKSUM.checksum(&member[..end]) as u16;
                    member.splice(end..end, checksum.to_le_bytes());
                }
                member
            },
        )
    }
}
