//! `verdigris certify`: turns an ONNX file into a proved exact network.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::{B256, keccak256};
use verdigris_certify::{MAX_FILE_BYTES, Options, certify, guard};

use crate::error::CliError;

/// Checks an ONNX file against the exact-network profile, and proves its ranges.
#[derive(clap::Args)]
pub struct Certify {
    /// The ONNX file
    file: PathBuf,
    /// Where to write the network in canonical form
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Where to write the same model with a ½ guard in every layer, as ONNX
    #[arg(long, value_name = "FILE")]
    guard: Option<PathBuf>,
    /// The range of an input: NAME=u8, NAME=i8 or NAME=LOW..HIGH
    #[arg(long, value_name = "NAME=RANGE")]
    range: Vec<String>,
    /// Which of two inputs is the latent
    #[arg(long, value_name = "NAME")]
    latent: Option<String>,
}

impl Certify {
    /// Certifies, prints the proof, writes what was asked for.
    pub fn run(self) -> Result<ExitCode, CliError> {
        let file = File::open(&self.file).map_err(CliError::file(&self.file))?;
        let mut onnx = Vec::new();
        // One byte more than is taken, so that a longer file is refused as too large.
        file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut onnx).map_err(CliError::file(&self.file))?;
        let refused = |error| CliError::malformed(self.file.display().to_string(), error);
        let mut options = Options { latent: self.latent.clone(), ..Options::default() };
        for range in &self.range {
            options = options.with_range(range).map_err(|error| CliError::Argument(error.to_string()))?;
        }
        let certificate = certify(&onnx, &options).map_err(refused)?;
        println!("{}", certificate.report);
        println!("canonical hash {}", B256::from(certificate.network.canonical_hash()));
        println!("ONNX hash      {}", keccak256(&onnx));
        if let Some(path) = &self.output {
            std::fs::write(path, certificate.network.to_bytes()).map_err(CliError::file(path))?;
        }
        if let Some(path) = &self.guard {
            let guarded = guard(&onnx, &options).map_err(refused)?;
            std::fs::write(path, guarded).map_err(CliError::file(path))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
