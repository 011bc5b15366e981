//! `verdigris pull-model`: a model out of the chain, and what it is.

use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::{Address, B256};
use verdigris_core::abi::IModelRegistry::Task;
use verdigris_model::{Network, Operation};
use verdigris_provenance::{MAX_MODEL, escaped, read_bounded};

use crate::error::CliError;
use crate::model::{OnChain, read_back};
use crate::place::Site;

/// Reads a whole model back from the chain, checks its hash, and says what it is.
#[derive(clap::Args)]
pub struct PullModel {
    /// The model's id
    model_id: B256,
    /// File for the canonical form (`verdigris render --model` takes it)
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Compare with this canonical form (`verdigris certify -o` makes one of an ONNX file)
    #[arg(long)]
    compare: Option<PathBuf>,
    /// Address of the registry [default: the running local stack's]
    #[arg(long)]
    registry: Option<Address>,
    #[command(flatten)]
    site: Site,
}

impl PullModel {
    /// Exits 0; 2 if there is something to compare with and it is another model.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let registry = self.site.or_stack("--registry", self.registry, |stack| stack.registry)?;
        let pulled = read_back(&self.site.chain()?, registry, self.model_id).await?;
        describe(&pulled);
        if let Some(path) = &self.output {
            std::fs::write(path, &pulled.form).map_err(CliError::file(path))?;
            println!("written to {}", path.display());
        }
        let Some(path) = &self.compare else { return Ok(ExitCode::SUCCESS) };
        let other = read_bounded(path, MAX_MODEL)?;
        let at = first_difference(&pulled.form, &other);
        match at {
            None => println!("✓ {} is the same model, byte for byte", path.display()),
            Some(at) => println!("✗ {} is another model: it differs from byte {at} on", path.display()),
        }
        Ok(if at.is_none() { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}

fn describe(OnChain { model, chunks, form, network }: &OnChain) {
    let task = if matches!(model.task, Task::Picture) { "picture" } else { "tensor" };
    println!("{task} model, {} bytes in {} contract(s)", form.len(), chunks.len());
    println!("canonical hash   {} (checked)", model.canonicalHash);
    println!("ONNX file's hash {}", model.onnxHash);
    println!("attested by      {}", model.attestationKey);
    if !model.manifestURI.is_empty() {
        println!("manifest         {}", escaped(&model.manifestURI));
    }
    println!("network          {}", shape(network));
}

/// `6 + 32 latents → 3 in 7 operations (5 linear), 8856 multiply-adds; every sum stays below 2^19`.
fn shape(network: &Network) -> String {
    let dimensions = |[channels, height, width]: [u16; 3]| match (height, width) {
        (1, 1) => channels.to_string(),
        _ => format!("{channels}×{height}×{width}"),
    };
    let spec = network.spec();
    let latents = spec.latent.as_ref().map(|latent| format!(" + {} latents", latent.len)).unwrap_or_default();
    let linear = spec.operations.iter().filter(|operation| matches!(operation, Operation::Linear(_))).count();
    let bits = 64 - network.range_proof().largest().unsigned_abs().leading_zeros();
    format!(
        "{}{latents} → {}{} in {} operations ({linear} linear), {} multiply-adds; every sum stays below 2^{bits}",
        dimensions(spec.input.shape),
        dimensions(network.output_shape()),
        if network.output_is_raw() { " raw" } else { "" },
        spec.operations.len(),
        network.cost().multiply_adds,
    )
}

/// Where two files part; `None` if they don't.
fn first_difference(one: &[u8], other: &[u8]) -> Option<usize> {
    one.iter()
        .zip(other)
        .position(|(one, other)| one != other)
        .or((one.len() != other.len()).then_some(one.len().min(other.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_found_also_where_one_file_ends() {
        assert_eq!(first_difference(b"abc", b"abc"), None);
        assert_eq!(first_difference(b"abc", b"abd"), Some(2));
        assert_eq!(first_difference(b"abc", b"ab"), Some(2));
        assert_eq!(first_difference(b"", b"a"), Some(0));
    }

    #[test]
    fn a_network_is_described_in_one_line() {
        let said = shape(&verdigris_model::genesis());
        assert!(said.starts_with("6 + 32 latents → 3 in "), "{said}");
    }
}
