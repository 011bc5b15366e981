//! The EVM's hash. Where vectors of WebAssembly are at hand, two messages are hashed at once.

#[cfg(any(test, target_os = "wasi"))]
mod pair;

/// keccak256 of some bytes.
pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    use sha3::Digest as _;
    sha3::Keccak256::digest(bytes).into()
}

/// keccak256 of each of two messages of one length.
#[cfg(not(target_os = "wasi"))]
pub(crate) fn keccak256_both(messages: [&[u8]; 2]) -> [[u8; 32]; 2] {
    messages.map(keccak256)
}

#[cfg(target_os = "wasi")]
pub(crate) use pair::keccak256_both;
