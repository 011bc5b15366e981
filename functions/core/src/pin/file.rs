//! A file on its way to services.

use alloy_primitives::Bytes;

use crate::cid as unixfs;
use crate::cid::Cid;

/// A file and its address. Clones share the content.
#[derive(Clone)]
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) content_type: &'static str,
    pub(super) content: Bytes,
    pub(super) cid: Cid,
}

impl File {
    pub(super) fn new(name: &'static str, content_type: &'static str, content: Vec<u8>) -> Self {
        let cid = unixfs::of(&content);
        Self { name, content_type, content: content.into(), cid }
    }

    /// Whether the whole file is one block, which a service that is told the profile can't cut up in its own way.
    pub(super) fn is_one_block(&self) -> bool {
        self.content.len() <= unixfs::CHUNK
    }
}
