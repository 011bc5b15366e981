//! Keeps compiled components on disk, so that a second start takes milliseconds.
//!
//! A file holds the SHA-256 of the machine code, then the machine code. Its name is a hash over
//! the component's bytes and over everything of wasmtime that shapes the code. The hash inside
//! guards against torn or rotten files, not against someone who can write to the folder:
//! whoever can do that can run code as the host's user already.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use tracing::{debug, warn};
use wasmtime::component::Component;

const DIGEST_BYTES: usize = 32;

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
        // SAFETY: the code was made by this engine a moment ago and has not left this process.
        let component = unsafe { Component::deserialize(engine, &code) }?;
        Ok((component, false))
    }
}

/// Names the compiled form of `wasm` under `engine`'s settings and wasmtime's version.
fn key(engine: &wasmtime::Engine, wasm: &[u8]) -> String {
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    let mut hash = Sha256::new();
    hash.update(b"verdigris/cwasm/1");
    hash.update(settings.finish().to_le_bytes());
    hash.update(wasm);
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The component in `path`, or `None` when the file is missing, damaged or not acceptable.
fn read(engine: &wasmtime::Engine, path: &Path) -> Option<Component> {
    let file = fs::read(path).ok()?;
    let Some(code) = checked(&file) else {
        warn!(path = %path.display(), "a compiled component is damaged; compiling it again");
        return None;
    };
    // SAFETY: the bytes are what `write` put there (their digest says so), that is, the output
    // of `precompile_component`; the folder is writable by the host's own user only.
    match unsafe { Component::deserialize(engine, code) } {
        Ok(component) => Some(component),
        Err(error) => {
            debug!(path = %path.display(), %error, "a compiled component does not fit; compiling it again");
            None
        }
    }
}

/// The machine code of a cache file, if it is whole.
fn checked(file: &[u8]) -> Option<&[u8]> {
    let (digest, code) = file.split_at_checked(DIGEST_BYTES)?;
    (Sha256::digest(code)[..] == *digest).then_some(code)
}

/// Writes a cache file so that a reader sees all of it or nothing.
fn write(path: &Path, code: &[u8]) -> io::Result<()> {
    static TURN: AtomicU64 = AtomicU64::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let draft = path.with_extension(format!("{}-{turn}.draft", std::process::id()));
    let written = (|| {
        let mut file = fs::File::create_new(&draft)?;
        file.write_all(&Sha256::digest(code))?;
        file.write_all(code)?;
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
        assert_eq!(checked(&file), Some(&b"machine code"[..]));
        for cut in 0..file.len() {
            assert_eq!(checked(&file[..cut]), None, "cut to {cut} bytes");
        }
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert_eq!(checked(&damaged), None, "byte {at} changed");
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no draft is left behind");
        fs::remove_dir_all(&folder).unwrap();
    }
}
