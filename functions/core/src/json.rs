//! Reading JSON: values whose shape is known, and values whose shape is not, opened one layer at a time.
//! `serde_json::Value` would open all of one at once, by a reader of its own, which is much in a Worker for what is only
//! searched.

mod strict;

use std::collections::BTreeMap;

use serde_json::value::RawValue;

pub(crate) use strict::from_slice;

/// How many layers are opened at most, since each is read once more with every layer around it.
pub(crate) const DEEPEST: usize = 32;

/// A value whose parts are still closed.
pub(crate) enum Opened<'a> {
    List(Vec<&'a RawValue>),
    Object(BTreeMap<String, &'a RawValue>),
    Text(String),
    /// A number, a truth value or null.
    Other,
}

/// Opens a value. The parser has seen that it is JSON, but not that its texts are Unicode.
pub(crate) fn open(value: &RawValue) -> serde_json::Result<Opened<'_>> {
    let text = value.get().as_bytes();
    match text.first() {
        Some(b'[') => from_slice(text).map(Opened::List),
        Some(b'{') => from_slice(text).map(Opened::Object),
        Some(b'"') => from_slice(text).map(Opened::Text),
        _ => Ok(Opened::Other),
    }
}

impl<'a> Opened<'a> {
    /// What an object has under a name, opened.
    pub(crate) fn get(&self, name: &str) -> Option<Opened<'a>> {
        open(self.closed(name)?).ok()
    }

    /// What an object has under a name, as it stands there.
    pub(crate) fn closed(&self, name: &str) -> Option<&'a RawValue> {
        match self {
            Self::Object(fields) => fields.get(name).copied(),
            _ => None,
        }
    }

    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}
