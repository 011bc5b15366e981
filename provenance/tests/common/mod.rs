//! A model's folder to sign and to tamper with.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use verdigris_provenance::{Check, Commit, Folder, PrivateKey, PublicKey, sign, verify};

/// A signed copy of the genesis network, dressed up as a trained model.
pub struct Model {
    _place: TempDir,
    /// Its folder.
    pub folder: Folder,
}

/// The key that signs it.
pub fn key() -> PrivateKey {
    PrivateKey::from_random(&[7; 32]).unwrap()
}

/// The commit that it names.
pub fn commit() -> Commit {
    "0123456789abcdef0123456789abcdef01234567".parse().unwrap()
}

impl Model {
    /// A folder with a model and no papers.
    pub fn unsigned() -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::at(place.path().join("toy"));
        fs::create_dir(folder.path()).unwrap();
        let onnx = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/genesis/genesis.onnx");
        fs::copy(onnx, folder.path_of("toy.onnx")).unwrap();
        let model = Self { _place: place, folder };
        model.write("toy.vdgn", verdigris_model::genesis().to_bytes());
        model.write("train.py", "print('trained')\n");
        model.write("requirements.txt", "numpy==2.4.6\n");
        model.write("README.md", "# Toy\n");
        model.write(
            "metrics.json",
            r#"{"recipe": {"rate": 2e-3}, "environment": {"numpy": "2"}, "psnr": 31.25, "seconds": 9}"#,
        );
        let root = "ab".repeat(32);
        model.write(
            "model.toml",
            format!("name = 'toy'\nversion = 2\ntask = 'picture'\nlicence = 'MIT'\n[[data]]\nname = 'train'\ncount = 3\nroot = '{root}'\ngenerator = 'data.py'\n"),
        );
        model
    }

    /// The same, signed.
    pub fn signed() -> Self {
        let model = Self::unsigned();
        sign(&model.folder, Some(commit()), &key()).unwrap();
        model
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.folder.path_of(name), content).unwrap();
    }

    /// Reads one.
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path_of(name)).unwrap()
    }

    /// What fails, when the folder is checked with the right key.
    pub fn failures(&self) -> Vec<Check> {
        self.failures_with(key().public_key())
    }

    /// What fails, when the folder is checked with a key.
    pub fn failures_with(&self, key: PublicKey) -> Vec<Check> {
        verify(&self.folder, Some(key)).checks.into_iter().filter(|check| check.outcome.fails()).collect()
    }
}
