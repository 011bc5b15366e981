//! Canonical JSON by RFC 8785: one value, one spelling, so that its digest says what it is.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{ProvenanceError, Result};
use crate::unique::Unique;

/// The canonical spelling of a value: UTF-8, members sorted by UTF-16 code units, numbers as ECMAScript writes them.
///
/// # Errors
/// If the value has no form in JSON, such as a number that isn't finite.
pub fn to_canonical(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value).map_err(|error| ProvenanceError::malformed("canonical JSON", error))
}

/// Reads JSON of at most `limit` bytes.
///
/// # Errors
/// If it is longer, not of the form that is wanted, or an object in it has a name twice.
pub fn from_bounded<T: DeserializeOwned>(what: &str, bytes: &[u8], limit: usize) -> Result<T> {
    if bytes.len() > limit {
        return Err(ProvenanceError::too_long(what, bytes.len() as u64, limit as u64));
    }
    let malformed = |error| ProvenanceError::malformed(what, error);
    serde_json::from_slice::<Unique>(bytes).map_err(malformed)?;
    serde_json::from_slice(bytes).map_err(malformed)
}

/// Reads canonical JSON of at most `limit` bytes, and no other spelling of the same value.
///
/// # Errors
/// As [`from_bounded`], and if the bytes are not the canonical spelling.
pub fn from_canonical<T: Serialize + DeserializeOwned>(what: &str, bytes: &[u8], limit: usize) -> Result<T> {
    let value = from_bounded(what, bytes, limit)?;
    if to_canonical(&value)? != bytes {
        return Err(ProvenanceError::malformed(what, "it is not canonical JSON (RFC 8785)"));
    }
    Ok(value)
}

/// A value as JSON.
///
/// # Errors
/// If it has no form in JSON.
pub fn to_value(value: impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| ProvenanceError::malformed("JSON", error))
}

/// Whether two values are the same, where a double may be written as the whole number that it is: 30.0 as 30.
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|found| is_same(value, found)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() || other.is_f64() => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

/// The first place where `found` is not as expected, and how they differ there; `None` if they are equal.
///
/// The place is a JSON pointer (RFC 6901) below `at`.
pub fn difference(at: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(one), Value::Object(other)) => {
            let pointer = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            let missing_or_different = one.iter().find_map(|(name, value)| match other.get(name) {
                Some(found) => difference(&pointer(name), value, found),
                None => Some(format!("{} is missing, expected {}", pointer(name), shown(value))),
            });
            let extra = || other.iter().find(|(name, _)| !one.contains_key(*name));
            missing_or_different.or_else(|| {
                extra().map(|(name, value)| format!("{} is {}, expected nothing", pointer(name), shown(value)))
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut parts = one.iter().zip(other).enumerate();
            parts.find_map(|(index, (one, other))| difference(&format!("{at}/{index}"), one, other))
        }
        _ if is_same(expected, found) => None,
        _ => Some(format!("{at} is {}, expected {}", shown(found), shown(expected))),
    }
}

/// A value, cut to a length that fits a message.
fn shown(value: &Value) -> String {
    const MOST: usize = 96;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_is_named_by_its_place() {
        let expected = json!({ "a": [1, { "b/c": 2 }], "d": null });
        assert_eq!(difference("", &expected, &expected), None);
        let found = json!({ "a": [1, { "b/c": 3 }], "d": null });
        assert_eq!(difference("", &expected, &found).as_deref(), Some("/a/1/b~1c is 3, expected 2"));
        let found = json!({ "a": [1, { "b/c": 2 }], "d": null, "e": true });
        assert_eq!(difference("/x", &expected, &found).as_deref(), Some("/x/e is true, expected nothing"));
        let found = json!({ "a": [1, { "b/c": 2 }] });
        assert_eq!(difference("", &expected, &found).as_deref(), Some("/d is missing, expected null"));
        let found = json!({ "a": [], "d": null });
        assert_eq!(difference("", &expected, &found).as_deref(), Some(r#"/a is [], expected [1,{"b/c":2}]"#));
    }

    #[test]
    fn only_the_canonical_spelling_is_read() {
        let read = |text: &str| from_canonical::<Value>("it", text.as_bytes(), 64);
        assert!(read(r#"{"a":1,"b":0.1}"#).is_ok());
        for other in [r#"{"b":0.1,"a":1}"#, r#"{"a": 1}"#, r#"{"a":1,"a":1}"#, r#"{"a":1.0}"#, r#""\u0061""#] {
            assert!(read(other).is_err(), "{other}");
        }
        let error = read(&"1".repeat(65)).expect_err("it is too long").to_string();
        assert_eq!(error, "it has 65 bytes, at most 64 are taken");
    }
}
