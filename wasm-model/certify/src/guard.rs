//! Writes the half-unit guard into a file that lacks it.
//!
//! Half a unit is added to an accumulator before it is scaled and rounded down. In whole numbers that changes nothing;
//! in a runtime whose convolutions err a little (Winograd, FFT), it keeps the error from crossing to the next number.
//! The file is edited where it lies: whatever is not touched stays byte for byte what it was.

use crate::certificate::certify_file;
use crate::certificate::{Certificate, certify};
use crate::compile::{Compiler, GuardPoint};
use crate::error::CertifyError;
use crate::file::OnnxFile;
use crate::options::Options;
use crate::wire::Fields;
use crate::write::{encode_field, node, tensor};
use std::collections::{BTreeMap, HashMap, HashSet};
use tract_onnx::pb::{NodeProto, TensorProto};

/// Gives the file with the guard in every layer that lacks it; it certifies to the same canonical form.
///
/// # Errors
/// If the file does not certify.
pub fn guard(bytes: &[u8], options: &Options) -> Result<Vec<u8>, CertifyError> {
    let file = OnnxFile::read(bytes)?;
    let (input, latent) = file.inputs(options)?;
    let (Certificate { network, report }, compiler) = certify_file(&file, &input, latent.as_ref())?;
    if report.guarded() {
        return Ok(bytes.to_vec());
    }
    let edits = Edits::plan(&file, &compiler)?;
    let guarded = edits.apply(bytes).map_err(CertifyError::NotOnnx)?;
    let again = certify(&guarded, options)?;
    if again.network != network || !again.report.guarded() {
        let why = "shares an accumulator between layers in a way that no guard can be put in; add 0.5 by hand";
        return Err(CertifyError::Graph(why.into()));
    }
    Ok(guarded)
}

/// What changes in the graph.
#[derive(Default)]
struct Edits {
    /// Nodes to put before a node; those after the last come under the number of nodes.
    before: BTreeMap<usize, Vec<NodeProto>>,
    /// Inputs of a node that get another name.
    inputs: HashMap<usize, (String, String)>,
    /// A tensor that gets another name everywhere: the bare accumulator that was the output.
    renamed: Option<(String, String)>,
    initializers: Vec<TensorProto>,
}

impl Edits {
    fn plan(file: &OnnxFile, compiler: &Compiler) -> Result<Self, CertifyError> {
        let mut names = Names::of(file);
        let mut edits = Self::default();
        let points = compiler.made.iter().filter_map(|made| made.guard.as_ref());
        for point in points.filter(|point| point.bare || point.guarded.contains(&false)) {
            let at = point.exit.node;
            if edits.before.contains_key(&at) {
                continue;
            }
            let (from, to) = if at == file.nodes().len() {
                let output = file.output()?.to_owned();
                let inner = names.fresh(&format!("{output}_accumulator"));
                edits.renamed = Some((output.clone(), inner.clone()));
                (inner, output)
            } else {
                let lost = || CertifyError::Graph("has an accumulator that cannot be found again".into());
                let read = compiler.accumulator_read_by(at).ok_or_else(lost)?.to_owned();
                let guarded = names.fresh(&format!("{read}_guarded"));
                edits.inputs.insert(at, (read.clone(), guarded.clone()));
                (read, guarded)
            };
            let nodes = edits.guard_nodes(point, &from, &to, &mut names);
            edits.before.insert(at, nodes);
        }
        Ok(edits)
    }

    /// `to = from + ½`, and rounded down if nothing else does that.
    fn guard_nodes(&mut self, point: &GuardPoint, from: &str, to: &str, names: &mut Names) -> Vec<NodeProto> {
        let half = names.fresh(&format!("{from}_half"));
        let halves: Vec<f32> = point.guarded.iter().map(|&guarded| if guarded { 0.0 } else { 0.5 }).collect();
        let all = !point.guarded.contains(&true);
        let dims = if all { vec![] } else { [vec![halves.len()], vec![1; point.exit.trailing]].concat() };
        let values = if all { &halves[..1] } else { &halves[..] };
        self.initializers.push(tensor(&half, &dims, values, point.exit.dtype));
        let sum = if point.bare { names.fresh(&format!("{from}_guarded")) } else { to.to_owned() };
        let mut nodes = vec![node("Add", &names.fresh(&format!("{from}/guard")), &[from, &half], &sum)];
        if point.bare {
            nodes.push(node("Floor", &names.fresh(&format!("{from}/floor")), &[&sum], to));
        }
        nodes
    }

    fn apply(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(bytes.len() + 1024);
        for field in Fields::new(bytes) {
            let field = field?;
            match field.content {
                Some(graph) if field.number == 7 => encode_field(7, &self.apply_to_graph(graph)?, &mut out),
                _ => out.extend_from_slice(&bytes[field.range]),
            }
        }
        Ok(out)
    }

    fn apply_to_graph(&self, graph: &[u8]) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(graph.len() + 1024);
        let mut index = 0;
        for field in Fields::new(graph) {
            let field = field?;
            match field.content {
                Some(node) if field.number == 1 => {
                    self.put_before(index, &mut out);
                    encode_field(1, &self.apply_to_node(node, index)?, &mut out);
                    index += 1;
                }
                _ => out.extend_from_slice(&graph[field.range]),
            }
        }
        self.put_before(index, &mut out);
        for initializer in &self.initializers {
            encode_field(5, &prost::Message::encode_to_vec(initializer), &mut out);
        }
        Ok(out)
    }

    fn put_before(&self, index: usize, out: &mut Vec<u8>) {
        for node in self.before.get(&index).into_iter().flatten() {
            encode_field(1, &prost::Message::encode_to_vec(node), out);
        }
    }

    /// Fields 1 and 2 of a node are the names of its inputs and outputs.
    fn apply_to_node(&self, node: &[u8], index: usize) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(node.len());
        for field in Fields::new(node) {
            let field = field?;
            let new_name = field.content.and_then(|name| {
                let renamed = |(from, to): &(String, String)| (from.as_bytes() == name).then(|| to.clone());
                match field.number {
                    1 => self.inputs.get(&index).and_then(renamed).or_else(|| self.renamed.as_ref().and_then(renamed)),
                    2 => self.renamed.as_ref().and_then(renamed),
                    _ => None,
                }
            });
            match new_name {
                Some(name) => encode_field(field.number, name.as_bytes(), &mut out),
                None => out.extend_from_slice(&node[field.range]),
            }
        }
        Ok(out)
    }
}

/// Names that are taken.
struct Names(HashSet<String>);

impl Names {
    fn of(file: &OnnxFile) -> Self {
        Self(file.names().map(str::to_owned).collect())
    }

    fn fresh(&mut self, wish: &str) -> String {
        let numbered = (2u32..).map(|n| format!("{wish}_{n}"));
        let mut candidates = std::iter::once(wish.to_owned()).chain(numbered);
        let name = candidates.find(|name| !self.0.contains(name)).unwrap_or_default();
        self.0.insert(name.clone());
        name
    }
}
