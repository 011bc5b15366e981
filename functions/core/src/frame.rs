//! What one function hands another beside JSON: a length (u32, big-endian), so much JSON, and bytes.

/// One message of both.
pub(crate) fn join(json: &[u8], rest: &[u8]) -> Vec<u8> {
    [&(json.len() as u32).to_be_bytes(), json, rest].concat()
}

/// The JSON of a message, and what is behind it. None if the message ends too early.
pub(crate) fn split(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = message.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}
