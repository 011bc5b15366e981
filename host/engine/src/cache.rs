//! Keeps compiled components on disk, so that a second start takes milliseconds.
//!
//! A file holds the machine code, then its SHA-256. Its name is a hash over the component's bytes
//! and over everything of wasmtime that shapes the code. The hash inside guards against torn or
//! rotten files, not against someone who can write to the folder: whoever can do that can run
//! code as the host's user already. The code is mapped from the file, so that only what runs of
//! it takes memory.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use tracing::{debug, warn};
use wasmtime::component::Component;

use crate::memory;

const DIGEST_BYTES: usize = 32;
/// Bytes of a file that are read at once.
const BLOCK: usize = 64 << 10;

/// A folder of compiled components.
#[derive(Debug, Clone)]
pub struct CompileCache {
    folder: PathBuf,
}

impl CompileCache {
    /// Uses `folder`, which is made if it is missing (for its owner only).
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        Ok(Self { folder })
    }

    /// The compiled form of `wasm`, from the folder or freshly compiled; `true` if from the folder.
    pub(crate) fn compile(&self, engine: &wasmtime::Engine, wasm: &[u8]) -> wasmtime::Result<(Component, bool)> {
        let path = self.folder.join(format!("{}.cwasm", key(engine, wasm)));
        if let Some(component) = read(engine, &path) {
            return Ok((component, true));
        }
        let code = engine.precompile_component(wasm)?;
        if let Err(error) = write(&path, &code) {
            warn!(path = %path.display(), %error, "a compiled component could not be kept; the next start compiles it again");
        }
        let component = match read(engine, &path) {
            Some(component) => component,
            // SAFETY: the code was made by this engine a moment ago and has not left this process.
            None => unsafe { Component::deserialize(engine, &code) }?,
        };
        drop(code);
        // Compiling takes some hundred megabytes.
        memory::give_back();
        Ok((component, false))
    }
}

/// Names the compiled form of `wasm` under `engine`'s settings and wasmtime's version.
fn key(engine: &wasmtime::Engine, wasm: &[u8]) -> String {
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    let mut hash = Sha256::new();
    hash.update(b"verdigris/cwasm/2");
    hash.update(settings.finish().to_le_bytes());
    hash.update(wasm);
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The component in `path`, or `None` when the file is missing, damaged or not acceptable.
fn read(engine: &wasmtime::Engine, path: &Path) -> Option<Component> {
    if !is_whole(fs::File::open(path).ok()?) {
        warn!(path = %path.display(), "a compiled component is damaged; compiling it again");
        return None;
    }
    // SAFETY: the bytes are what `write` put there (their digest says so), that is, the output
    // of `precompile_component` and 32 bytes behind that, which no part of it refers to. The folder
    // is writable by the host's own user only, and whoever writes makes a new file in it.
    match unsafe { Component::deserialize_file(engine, path) } {
        Ok(component) => Some(component),
        Err(error) => {
            debug!(path = %path.display(), %error, "a compiled component does not fit; compiling it again");
            None
        }
    }
}

/// Whether a cache file holds machine code as it was written.
fn is_whole(mut file: impl Read) -> bool {
    let (mut hash, mut seen) = (Sha256::new(), Vec::with_capacity(BLOCK + DIGEST_BYTES));
    // What was read last may be the digest, and isn't hashed before more has come.
    while let Ok(count) = file.by_ref().take(BLOCK as u64).read_to_end(&mut seen) {
        let Some(end) = seen.len().checked_sub(DIGEST_BYTES) else { return false };
        if count == 0 {
            return hash.finalize()[..] == seen[..];
        }
        hash.update(&seen[..end]);
        seen.drain(..end);
    }
    false
}

/// Writes a cache file so that a reader sees all of it or nothing.
fn write(path: &Path, code: &[u8]) -> io::Result<()> {
    static TURN: AtomicU64 = AtomicU64::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let draft = path.with_extension(format!("{}-{turn}.draft", std::process::id()));
    let written = (|| {
        let mut file = fs::File::create_new(&draft)?;
        file.write_all(code)?;
        file.write_all(&Sha256::digest(code))?;
        file.sync_all()?;
        fs::rename(&draft, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_file_is_accepted_and_any_damage_is_not() {
        let folder = std::env::temp_dir().join(format!("verdigris-cache-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.cwasm");
        write(&path, b"machine code").unwrap();
        let file = fs::read(&path).unwrap();
        assert!(is_whole(&file[..]));
        for cut in 0..file.len() {
            assert!(!is_whole(&file[..cut]), "cut to {cut} bytes");
        }
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert!(!is_whole(&damaged[..]), "byte {at} changed");
        }
        for bytes in [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK - 32] {
            write(&path, &vec![7; bytes]).unwrap();
            assert!(is_whole(fs::File::open(&path).unwrap()), "{bytes} bytes");
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no draft is left behind");
        fs::remove_dir_all(&folder).unwrap();
    }
}
