//! `verdigris certify FILE.onnx`: checks an ONNX file, proves its ranges, prints the proof. A program of its own, which
//! `verdigris` starts: the ONNX reader takes long to compile, and nothing else that runs needs it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use verdigris_certify::{CertifyError, MAX_FILE_BYTES, Options, certify, guard, vectors};
use verdigris_model::keccak256;

/// Checks an ONNX file against the exact-network profile, and proves its ranges.
#[derive(Parser)]
#[command(version, bin_name = "verdigris certify")]
struct Arguments {
    /// The ONNX file
    file: PathBuf,
    /// Where to write the network in canonical form
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Where to write the same model with a ½ guard in every layer, as ONNX
    #[arg(long, value_name = "FILE")]
    guard: Option<PathBuf>,
    /// Where to write inputs with their outputs, which a server of the ONNX file can be held against
    #[arg(long, value_name = "FILE")]
    vectors: Option<PathBuf>,
    /// The range of an input: NAME=u8, NAME=i8 or NAME=LOW..HIGH
    #[arg(long, value_name = "NAME=RANGE")]
    range: Vec<String>,
    /// Which of two inputs is the latent
    #[arg(long, value_name = "NAME")]
    latent: Option<String>,
}

/// How many inputs are written with their outputs.
const VECTORS: usize = 16;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error("{0}: {1}")]
    Refused(PathBuf, CertifyError),
    #[error(transparent)]
    Range(CertifyError),
}

fn main() -> ExitCode {
    match Arguments::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

impl Arguments {
    /// Certifies, prints the proof, writes what was asked for.
    fn run(self) -> Result<(), Failure> {
        let onnx = read(&self.file)?;
        let refused = |error| Failure::Refused(self.file.clone(), error);
        let mut options = Options { latent: self.latent.clone(), ..Options::default() };
        for range in &self.range {
            options = options.with_range(range).map_err(Failure::Range)?;
        }
        let certificate = certify(&onnx, &options).map_err(refused)?;
        println!("{}", certificate.report);
        println!("canonical hash 0x{}", hex::encode(certificate.network.canonical_hash()));
        println!("ONNX hash      0x{}", hex::encode(keccak256(&onnx)));
        if let Some(path) = &self.output {
            write(path, &certificate.network.to_bytes())?;
        }
        if let Some(path) = &self.guard {
            write(path, &guard(&onnx, &options).map_err(refused)?)?;
        }
        if let Some(path) = &self.vectors {
            write(path, vectors(&onnx, &options, VECTORS).map_err(refused)?.as_bytes())?;
        }
        Ok(())
    }
}

/// The file, or one byte more than is taken, so that a longer one is refused as too large.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::File(path.to_owned(), error))?;
    Ok(bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| Failure::File(path.to_owned(), error))
}
