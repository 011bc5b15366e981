//! API keys: who a key belongs to, without the key itself being known here.
//!
//! The setting `api_keys` holds a name and the SHA-256 of a key for each owner, `name:hex, name:hex`. A key is to be
//! drawn at random (`openssl rand -hex 32`), so its digest tells nothing about it, and needs no salt.

use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use crate::error::{Error, Result};
use crate::http::Request;
use crate::platform::Platform;

/// Longest name of an owner.
const MAX_NAME: usize = 32;
/// Stands for nobody.
const NOBODY: u32 = u32::MAX;

/// What a request says about its sender's key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Presented<'a> {
    /// Nothing.
    None,
    /// This. What is illegible (sent twice, or in another scheme than Bearer) is the empty key, which is nobody's.
    Some(&'a str),
}

/// The key that a request brings in `x-api-key`, or else as a bearer token.
pub(super) fn presented(request: &Request) -> Presented<'_> {
    let has = |name: &str| request.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
    if has("x-api-key") {
        Presented::Some(request.header("x-api-key").unwrap_or_default())
    } else if has("authorization") {
        Presented::Some(request.bearer().unwrap_or_default())
    } else {
        Presented::None
    }
}

/// Whose key this is; `None` if it is nobody's. Takes the same time whoever it is.
///
/// # Errors
/// [`Error::Config`] if the setting can't be read.
pub(super) async fn owner<P: Platform>(platform: &P, key: &str) -> Result<Option<String>> {
    let Some(list) = platform.config("api_keys").await? else { return Ok(None) };
    let entries = parse(&list)?;
    let digest = Sha256::digest(key);
    let mut owner = NOBODY;
    for ((_, expected), index) in entries.iter().zip(0u32..) {
        owner.conditional_assign(&index, digest[..].ct_eq(expected));
    }
    Ok(entries.get(owner as usize).map(|(name, _)| (*name).to_string()))
}

fn parse(list: &str) -> Result<Vec<(&str, [u8; 32])>> {
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let (name, digest) = entry.split_once(':')?;
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            let is_name = (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_plain);
            let mut bytes = [0; 32];
            hex::decode_to_slice(digest.trim(), &mut bytes).ok()?;
            // The digest of the empty key would let in whoever sends an empty header.
            (is_name && bytes[..] != Sha256::digest("")[..]).then_some((name, bytes))
        })
        .collect::<Option<_>>()
        // The list itself stays out of the message.
        .ok_or_else(|| {
            let reason = format!(
                "is not a comma-separated list of name:hex, where the name has at most {MAX_NAME} letters, digits, - or \
                 _ and hex is the SHA-256 of a key that isn't empty"
            );
            Error::Config { name: "api_keys", reason }.into()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, block_on};
    use proptest::prelude::*;

    fn entry(name: &str, key: &str) -> String {
        format!("{name}:{}", hex::encode(Sha256::digest(key)))
    }

    fn owner_of(list: &str, key: &str) -> Result<Option<String>> {
        block_on(owner(&Memory::default().with("api_keys", list), key))
    }

    fn asking(headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_string(), value.as_bytes().to_vec()));
        Request { headers: headers.collect(), ..Request::default() }
    }

    #[test]
    fn a_key_is_known_by_its_digest() {
        let list = format!("{}, {}", entry("ann", "key-of-ann"), entry("bob-2", "key of bob"));
        assert_eq!(owner_of(&list, "key-of-ann"), Ok(Some("ann".into())));
        assert_eq!(owner_of(&list, "key of bob"), Ok(Some("bob-2".into())));
        for nobody in ["", "ann", "key-of-ann ", &list, &entry("ann", "key-of-ann")[4..]] {
            assert_eq!(owner_of(&list, nobody), Ok(None), "{nobody}");
        }
        assert_eq!(owner_of("", "key-of-ann"), Ok(None));
        // printf %s key-of-ann | sha256sum
        let digest = "ca64daa8b294dc4835d29ca02a6a47427ebc6a225ea3ac2e15f8417fb6601db2";
        assert_eq!(owner_of(&format!("ann:{digest}"), "key-of-ann"), Ok(Some("ann".into())));
    }

    #[test]
    fn two_keys_of_one_owner_let_one_be_taken_back_after_the_other() {
        let list = format!("{},{}", entry("ann", "old"), entry("ann", "new"));
        assert_eq!(owner_of(&list, "old"), owner_of(&list, "new"));
    }

    #[test]
    fn a_list_that_is_none_is_an_error_without_its_text() {
        let (long, short) = (entry(&"n".repeat(MAX_NAME + 1), "x"), &entry("ann", "key-of-ann")[..60]);
        for list in ["ann", "ann:", ":00", "ann:zz", short, &long, &entry("a b", "x"), &entry("ann", "")] {
            let error = owner_of(list, "key-of-ann").expect_err(list);
            assert_eq!(error.status(), 500);
            assert!(!error.to_string().contains(list), "{error}");
        }
    }

    #[test]
    fn a_key_comes_in_either_header_and_what_is_illegible_is_not_none() {
        let of = |headers: &[(&str, &str)]| match presented(&asking(headers)) {
            Presented::None => None,
            Presented::Some(key) => Some(key.to_string()),
        };
        assert_eq!(of(&[("accept", "*/*")]), None);
        assert_eq!(of(&[("authorization", "bearer k")]), Some("k".into()));
        assert_eq!(of(&[("X-Api-Key", "k"), ("authorization", "Basic abc")]), Some("k".into()));
        for headers in [
            &[("authorization", "Basic abc")][..],
            &[("authorization", "k")],
            &[("authorization", "Bearer k"), ("authorization", "Bearer k")],
            &[("x-api-key", "k"), ("x-api-key", "k")],
            &[("x-api-key", "")],
        ] {
            assert_eq!(of(headers), Some(String::new()), "{headers:?}");
        }
    }

    proptest! {
        #[test]
        fn any_list_and_any_key_are_read_without_a_panic(list in ".{0,200}", key in ".{0,50}") {
            prop_assert!(!matches!(owner_of(&list, &key), Ok(Some(_))));
        }
    }
}
