//! Which Durable Object keeps a key.
//!
//! An object does one thing at a time on one machine, so what must be decided together lies in one object, and what
//! has nothing to do with each other lies in several:
//!
//! - everything about the nonces of one sender on one chain (claims, signed transactions, notes) is in the sender's
//!   own object. Two claims of a nonce meet there, and can't both win;
//! - a job's claims and record are together in one of [`SHARDS`] objects, by the job's id;
//! - what a caller's limit counts (see `verdigris_core::gate`) is together in one of as many objects of its own, so
//!   that a flood of requests is not felt by jobs and content;
//! - the rest is spread by its key.

/// How many objects jobs, and content, are spread over. It can't change without moving what they keep.
const SHARDS: u32 = 16;

/// The name of the object that keeps a key.
pub(crate) fn of(key: &str) -> String {
    if let Some(rest) = sender_part(key) {
        let mut parts = rest.splitn(3, ':');
        let (chain, sender) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        return of_sender(chain, sender);
    }
    if let Some(id) = job_part(key) {
        return format!("jobs:{}", shard(id));
    }
    if let Some(caller) = key.strip_prefix("limit:taken:").or_else(|| key.strip_prefix("limit:began:")) {
        return format!("limits:{}", shard(caller));
    }
    format!("rest:{}", shard(key))
}

/// The name of a sender's object: its chain's id and its address, `0x…` in lower case.
pub(crate) fn of_sender(chain: &str, sender: &str) -> String {
    format!("sender:{chain}:{sender}")
}

/// What follows the kind in a key of the outbox: `chain:sender:…`.
fn sender_part(key: &str) -> Option<&str> {
    const KINDS: [&str; 7] =
        ["claim:nonce:", "claim:call:", "claim:heal:", "tx:call:", "tx:gap:", "tx:forgotten:", "tx:"];
    KINDS.iter().find_map(|kind| key.strip_prefix(kind))
}

/// The job's id in a key about a job; a claim's number comes after the last colon.
fn job_part(key: &str) -> Option<&str> {
    let numbered =
        |rest: &'static str| key.strip_prefix(rest).and_then(|rest| rest.rsplit_once(':')).map(|parts| parts.0);
    numbered("claim:job:")
        .or_else(|| numbered("job:done:"))
        .or_else(|| key.strip_prefix("job:note:"))
        .or_else(|| key.strip_prefix("job:answer:"))
        .or_else(|| key.strip_prefix("job:"))
}

/// FNV-1a: any spread will do, as long as it stays what it is.
fn shard(text: &str) -> u32 {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ (hash >> 16)) % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_a_sender_has_is_in_one_object() {
        for key in [
            "claim:nonce:31337:0xab:7",
            "claim:call:31337:0xab:draw:0xcd:1:7:first",
            "claim:heal:31337:0xab:99",
            "tx:31337:0xab:7",
            "tx:gap:31337:0xab:7",
            "tx:forgotten:31337:0xab",
            "tx:call:31337:0xab:fulfil:0x01:2",
        ] {
            assert_eq!(of(key), "sender:31337:0xab", "{key}");
        }
        assert_ne!(of("tx:1:0xab:7"), of("tx:31337:0xab:7"));
    }

    #[test]
    fn all_about_a_job_is_in_one_object() {
        for id in ["0x0123", "draw:0xab:5:77", "finalise:0x01:1790000000"] {
            let home = of(&format!("job:{id}"));
            assert!(home.starts_with("jobs:"));
            for key in [
                format!("claim:job:{id}:0"),
                format!("job:done:{id}:179"),
                format!("job:note:{id}"),
                format!("job:answer:{id}"),
            ] {
                assert_eq!(of(&key), home, "{key}");
            }
        }
    }

    #[test]
    fn all_about_a_caller_s_limit_is_in_one_object_and_callers_are_spread_over_many() {
        let home = |slot: u32| of(&format!("limit:taken:source:{slot}"));
        let homes: std::collections::BTreeSet<String> = (0..4096).map(home).collect();
        assert_eq!(homes.len(), SHARDS as usize);
        assert!(homes.iter().all(|name| name.starts_with("limits:")));
        assert_eq!(of("limit:began:source:7"), home(7));
    }

    #[test]
    fn the_spread_stays_what_it_is() {
        // FNV-1a's own vectors: 811c9dc5, e40c292c, bf9cf968.
        assert_eq!(["", "a", "foobar"].map(shard), [9, 0, 4]);
    }
}
