//! Where a request comes from: the client's address as the platform saw it, and which slot counts what it asks for.
//!
//! Sources are counted in a fixed number of slots, so that no number of addresses fills the store. Several sources may
//! share a slot. Which ones is decided by a key that is drawn once and kept in the store: nobody can look for an
//! address that shares the slot of another and use it up.

use std::cell::Cell;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::platform::Platform;

/// How many slots there are; a power of two.
const SLOTS: u16 = 4096;
/// Where the key is kept.
const KEY: &str = "limit:key";

thread_local! {
    /// The key, once it was read. It is the deployment's and no request's.
    static READ: Cell<Option<[u8; 16]>> = const { Cell::new(None) };
}

/// The address in the last of a header's values, with or without a port. Platforms append what they know to what the
/// client claims, so all but the last is the client's own word.
pub fn last_address<'a>(values: impl Iterator<Item = &'a [u8]>) -> Option<IpAddr> {
    let text = std::str::from_utf8(values.last()?).ok()?;
    let text = text.rsplit(',').next()?.trim();
    text.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

/// The slot of a source. Requests whose platform tells no address share one.
pub(super) async fn slot(platform: &impl Platform, source: Option<IpAddr>) -> u16 {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key(platform).await) else { return 0 };
    mac.update(&source.map(network).unwrap_or_default());
    let digest = mac.finalize().into_bytes();
    u16::from_be_bytes([digest[0], digest[1]]) % SLOTS
}

/// What counts as one source: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer gets at least.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => Ipv6Addr::octets(&address)[..8].to_vec(),
    }
}

/// The key, drawn if there is none. Where the store or the randomness fails, any key serves: limits are counted in
/// other slots for a while.
async fn key(platform: &impl Platform) -> [u8; 16] {
    if let Some(key) = READ.get() {
        return key;
    }
    let mut key = read(platform).await;
    if key.is_none() {
        let mut drawn = [0; 16];
        if getrandom::fill(&mut drawn).is_ok() && platform.set(KEY, &drawn).await.is_ok() {
            // Of several that draw at the same time, the last one's stays.
            key = read(platform).await;
        }
    }
    READ.set(key);
    key.unwrap_or_default()
}

async fn read(platform: &impl Platform) -> Option<[u8; 16]> {
    platform.get(KEY).await.ok()??.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, block_on};

    fn slot_of(address: &str) -> u16 {
        block_on(slot(&Memory::deployed(), Some(address.parse().expect("an address"))))
    }

    #[test]
    fn only_the_last_address_counts_since_the_others_are_claims() {
        let last = |values: &[&str]| last_address(values.iter().map(|value| value.as_bytes()));
        assert_eq!(last(&["6.6.6.6:1", "10.0.0.1:52000"]), "10.0.0.1".parse().ok());
        assert_eq!(last(&["6.6.6.6, 10.0.0.1"]), "10.0.0.1".parse().ok());
        assert_eq!(last(&["[2001:db8::1]:443"]), "2001:db8::1".parse().ok());
        assert_eq!(last(&["2001:db8::1"]), "2001:db8::1".parse().ok());
        assert_eq!(last(&["10.0.0.1", "somewhere"]), None, "what can't be read isn't replaced by a claim");
        assert_eq!(last(&[]), None);
    }

    #[test]
    fn a_network_of_64_bits_is_one_source_and_so_is_an_address_in_both_notations() {
        assert_eq!(slot_of("2001:db8::1"), slot_of("2001:db8::ffff:1"));
        assert_ne!(slot_of("2001:db8::1"), slot_of("2001:db8:0:1::1"));
        assert_eq!(slot_of("::ffff:10.0.0.1"), slot_of("10.0.0.1"));
        assert_ne!(slot_of("10.0.0.1"), slot_of("10.0.0.2"));
    }

    #[test]
    fn a_hundred_thousand_addresses_use_no_more_than_the_slots() {
        let platform = Memory::deployed();
        let slots: std::collections::BTreeSet<u16> =
            (0..100_000u32).map(|bits| block_on(slot(&platform, Some(IpAddr::from(bits.to_be_bytes()))))).collect();
        assert_eq!(slots.len(), usize::from(SLOTS));
        assert!(slots.iter().all(|slot| *slot < SLOTS));
    }

    #[test]
    fn slots_follow_from_a_key_that_is_drawn_once() {
        let platform = Memory::default();
        let source = Some(IpAddr::from([10, 0, 0, 1]));
        let slots = |platform: &Memory| {
            READ.set(None);
            block_on(slot(platform, source))
        };
        assert_eq!(slots(&platform), slots(&platform));
        let kept = block_on(platform.get(KEY)).expect("the store").expect("a key");
        let of = |key: [u8; 16]| {
            block_on(platform.set(KEY, &key)).expect("the store");
            slots(&platform)
        };
        assert_eq!(kept.len(), 16);
        assert_ne!(kept, [0; 16]);
        assert_ne!(of([1; 16]), of([2; 16]));
    }
}
