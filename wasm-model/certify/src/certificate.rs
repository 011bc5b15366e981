//! The whole way from an ONNX file to a checked network and a report.

use crate::compile::{Compiler, Made};
use crate::error::{CertifyError, Rule};
use crate::file::{GraphInput, OnnxFile};
use crate::options::Options;
use crate::report::{InputReport, LayerReport, Report};
use verdigris_model::{Domain, LatentDomain, Network, NetworkError, NetworkSpec, Operation};

/// A proved exact network and what was read to get it.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The network; `to_bytes` gives its canonical form.
    pub network: Network,
    /// What the file held.
    pub report: Report,
}

/// Reads an ONNX file, checks it against the profile, proves its ranges and gives the exact network.
///
/// Memory and time are bounded by the size of the file, which may have up to [`crate::MAX_FILE_BYTES`].
///
/// # Errors
/// Names the node, the rule and the value for whatever does not fit.
pub fn certify(bytes: &[u8], options: &Options) -> Result<Certificate, CertifyError> {
    let file = OnnxFile::read(bytes)?;
    let (input, latent) = file.inputs(options)?;
    certify_file(&file, &input, latent.as_ref()).map(|(certificate, _)| certificate)
}

/// The same, with the graph's meaning beside it.
pub(crate) fn certify_file<'a>(
    file: &'a OnnxFile,
    input: &'a GraphInput,
    latent: Option<&'a GraphInput>,
) -> Result<(Certificate, Compiler<'a>), CertifyError> {
    let mut compiler = Compiler::new(file, input, latent)?;
    compiler.run()?;
    let input = report_input(&compiler, input)?;
    let latent = latent.map(|latent| report_input(&compiler, latent)).transpose()?;
    let spec = NetworkSpec {
        input: Domain { shape: input.shape, lo: input.range.lo, hi: input.range.hi },
        latent: latent.as_ref().map(|l| LatentDomain { len: l.shape[0], lo: l.range.lo, hi: l.range.hi }),
        tables: std::mem::take(&mut compiler.tables.entries),
        operations: std::mem::take(&mut compiler.operations),
    };
    let network = Network::new(spec).and_then(|network| prove_apart(network, &compiler.made));
    let network = network.map_err(|error| refusal(&compiler, error))?;
    let report = Report {
        producer: file.producer(),
        opset: file.opset,
        input,
        latent,
        layers: layers(&compiler, &network),
        unused_nodes: compiler.unused_nodes,
    };
    Ok((Certificate { network, report }, compiler))
}

/// Proves the ranges again for layers to which the file adds constants of both signs: the network knows only their sum,
/// but a runtime adds them one by one, and in the midst of that they don't make up for each other.
fn prove_apart(network: Network, made: &[Made]) -> Result<Network, NetworkError> {
    let opposed: Vec<_> = made.iter().map(|made| made.guard.as_ref()?.opposed.clone()).collect();
    for sign in [0, 1] {
        if opposed.iter().any(Option::is_some) {
            let mut spec = network.spec().clone();
            for (operation, constants) in spec.operations.iter_mut().zip(&opposed) {
                if let (Operation::Linear(linear), Some(constants)) = (operation, constants) {
                    let most = |constants: &[i64; 2]| i32::try_from(constants[sign]).unwrap_or(i32::MIN);
                    linear.biases = constants.iter().map(most).collect();
                }
            }
            Network::new(spec)?;
        }
    }
    Ok(network)
}

fn report_input(compiler: &Compiler, input: &GraphInput) -> Result<InputReport, CertifyError> {
    let shape = compiler.input_shape(&input.name).ok_or_else(|| CertifyError::Input {
        input: input.name.clone(),
        why: "has the name of something else in the graph".into(),
    })?;
    Ok(InputReport { name: input.name.clone(), shape, range: input.range, declared: input.declared })
}

/// A rule of the canonical form that the network breaks, said of the node that broke it.
fn refusal(compiler: &Compiler, error: NetworkError) -> CertifyError {
    let (operation, rule) = match error {
        NetworkError::AccumulatorRange { operation, channel, lo, hi } => {
            (operation, Rule::AccumulatorRange { channel, lo, hi })
        }
        NetworkError::Rule { operation, .. }
        | NetworkError::Length { operation, .. }
        | NetworkError::TooLarge { operation, .. } => (operation, Rule::Network(error)),
        other => return CertifyError::Network(other),
    };
    match compiler.made.get(operation) {
        Some(Made { node, .. }) => compiler.refusal(*node, rule),
        None => CertifyError::Graph(format!("breaks a rule: {rule}")),
    }
}

fn layers(compiler: &Compiler, network: &Network) -> Vec<LayerReport> {
    let spec = network.spec();
    let parts = spec.operations.iter().zip(&compiler.made).zip(&network.range_proof().operations).enumerate();
    let layer = |(operation, ((linear, made), range)): (usize, ((&Operation, &Made), &Option<_>))| {
        let (Operation::Linear(linear), Some(guard), Some(range)) = (linear, &made.guard, range) else { return None };
        let range: &verdigris_model::AccumulatorRange = range;
        let (worst, worst_channel) =
            if -range.lo > range.hi { (-range.lo, range.lo_channel) } else { (range.hi, range.hi_channel) };
        Some(LayerReport {
            operation,
            node: compiler.file.name_of(made.node),
            shape: network.shapes()[operation + 1],
            activation: linear.activation,
            latent: linear.latent.is_some(),
            guarded: !guard.bare && !guard.guarded.contains(&false),
            worst,
            worst_channel,
        })
    };
    parts.filter_map(layer).collect()
}
