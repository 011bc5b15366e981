//! A pixel network in one kernel: all of its values are vectors, so each input goes through all layers on its own.
//!
//! Values are bytes, four to a word. `dot4I8Packed` multiplies signed ones, so an activation (0 to 255) is kept less 128
//! and the input less its own offset; what that takes away, the layer's bias gives back.

use std::fmt::Write as _;

use verdigris_model::{Activation, Linear, Network, Operation};
use wgpu::{Buffer, ComputePipeline};

use super::device::{GROUP, Gpu, Step};
use super::{GpuError, biases, packed};

/// A network as one shader.
pub(super) struct Fused {
    pipeline: ComputePipeline,
    /// The weights of all layers, then the tables.
    constants: Buffer,
    /// What a layer's sums lack because values are kept less their offsets.
    corrections: Vec<Vec<i32>>,
    input: Part,
    outputs: usize,
    is_raw: bool,
}

/// Some channels of a value that are kept together.
#[derive(Clone, Copy)]
struct Part {
    /// The value that they were made as.
    value: usize,
    channels: usize,
    /// What they are kept less.
    offset: i16,
}

impl Part {
    fn words(self) -> usize {
        self.channels.div_ceil(4)
    }
}

/// A layer: the value that it makes and what it reads.
struct Layer<'a> {
    value: usize,
    linear: &'a Linear,
    parts: Vec<Part>,
}

impl Layer<'_> {
    fn output_words(&self) -> usize {
        usize::from(self.linear.outputs).div_ceil(4)
    }

    /// Words of one output's weights.
    fn row_words(&self) -> usize {
        self.parts.iter().map(|part| part.words()).sum()
    }

    /// An output's weights, part by part. Of a 3×3 kernel only the middle meets a vector.
    fn row(&self, output: usize) -> Vec<Vec<i8>> {
        let taps = usize::from(self.linear.kernel).pow(2);
        let channels: usize = self.parts.iter().map(|part| part.channels).sum();
        let row = &self.linear.weights[output * channels * taps..][..channels * taps];
        let mut middle = row.iter().skip(taps / 2).step_by(taps).copied();
        self.parts.iter().map(|part| middle.by_ref().take(part.channels).collect()).collect()
    }

    fn correction(&self, output: usize) -> i32 {
        let rows = self.row(output);
        let sum = |row: &Vec<i8>| row.iter().map(|&weight| i32::from(weight)).sum::<i32>();
        self.parts.iter().zip(&rows).map(|(part, row)| i32::from(part.offset) * sum(row)).sum()
    }
}

impl Fused {
    /// The plan, if the network is one of vectors that ends in a layer, and its inputs are bytes less some offset.
    pub(super) fn new(gpu: &Gpu, network: &Network) -> Result<Option<Self>, GpuError> {
        let Some((input, layers)) = layers(network) else { return Ok(None) };
        let mut constants = Vec::new();
        for layer in &layers {
            for output in 0..4 * layer.output_words() {
                if output < layer.linear.outputs.into() {
                    constants.extend(layer.row(output).iter().flat_map(|part| packed(part).collect::<Vec<_>>()));
                } else {
                    constants.extend(std::iter::repeat_n(0, layer.row_words()));
                }
            }
        }
        let tables = constants.len();
        let entries = network.spec().tables.as_flattened().as_chunks().0;
        constants.extend(entries.iter().map(|&word| u32::from_le_bytes(word)));
        let is_shared = 4 * constants.len() <= gpu.shared_bytes();
        let shader = shader(&layers, input, constants.len(), tables, is_shared);
        let Some(last) = layers.last() else { return Ok(None) };
        Ok(Some(Self {
            pipeline: gpu.pipeline("fused", shader)?,
            constants: gpu.upload(&constants)?,
            corrections: layers
                .iter()
                .map(|layer| (0..layer.linear.outputs.into()).map(|output| layer.correction(output)).collect())
                .collect(),
            input,
            outputs: last.linear.outputs.into(),
            is_raw: network.output_is_raw(),
        }))
    }

    /// Outputs of checked inputs.
    pub(super) fn run(
        &self,
        gpu: &Gpu,
        network: &Network,
        inputs: &[i16],
        latent: &[i16],
    ) -> Result<Vec<i32>, GpuError> {
        let biases = gpu.upload(&self.biases(network, latent))?;
        let words = if self.is_raw { self.outputs } else { self.outputs.div_ceil(4) };
        let widest = 4 * words.max(self.input.words()) as u64;
        let at_once = (gpu.buffer_limit() / widest).min(u32::MAX.into()) as usize;
        let mut made = Vec::with_capacity(inputs.len() / self.input.channels * self.outputs);
        for inputs in inputs.chunks(at_once * self.input.channels) {
            let items = inputs.len() / self.input.channels;
            let shifted: Vec<i8> = inputs.iter().map(|&value| (value - self.input.offset) as i8).collect();
            let words_in: Vec<u32> = shifted.chunks(self.input.channels).flat_map(packed).collect();
            let (source, target) = (gpu.upload(&words_in)?, gpu.allocate((4 * words * items) as u64)?);
            let buffers = [&self.constants, &biases, &source, &target];
            let step = Step { pipeline: &self.pipeline, buffers: &buffers, items: items as u32 };
            if self.is_raw {
                made.extend(gpu.run::<i32>(&[step], &target)?);
            } else {
                let bytes = gpu.run::<u8>(&[step], &target)?;
                let items = bytes.chunks_exact(4 * words);
                made.extend(items.flat_map(|item| item[..self.outputs].iter().map(|&byte| i32::from(byte))));
            }
        }
        Ok(made)
    }

    /// Biases of all layers, each padded to whole words of outputs.
    fn biases(&self, network: &Network, latent: &[i16]) -> Vec<i32> {
        let linears = network.spec().operations.iter().filter_map(|operation| match operation {
            Operation::Linear(linear) => Some(linear),
            _ => None,
        });
        let mut all = Vec::new();
        for (linear, corrections) in linears.zip(&self.corrections) {
            all.extend(biases(linear, latent).zip(corrections).map(|(bias, correction)| bias + correction));
            all.resize(all.len().next_multiple_of(4), 0);
        }
        all
    }
}

/// The input and the layers, if the network has a fused form.
fn layers(network: &Network) -> Option<(Part, Vec<Layer<'_>>)> {
    let spec = network.spec();
    if network.shapes().iter().any(|shape| shape[1..] != [1, 1]) {
        return None;
    }
    let Some(Operation::Linear(_)) = spec.operations.last() else { return None };
    // The least offset with which the highest input is an i8.
    let offset = (spec.input.hi - 127).max(0);
    if spec.input.lo - offset < -128 {
        return None;
    }
    let input = Part { value: 0, channels: spec.input.shape[0].into(), offset };
    let mut values = vec![vec![input]];
    let mut layers = Vec::new();
    for (index, operation) in spec.operations.iter().enumerate() {
        values.push(match operation {
            Operation::Linear(linear) => {
                layers.push(Layer { value: index + 1, linear, parts: values[usize::from(linear.source)].clone() });
                vec![Part { value: index + 1, channels: linear.outputs.into(), offset: 128 }]
            }
            Operation::Concat { sources } => {
                sources.iter().flat_map(|&source| values[usize::from(source)].clone()).collect()
            }
            Operation::Reshape { source, .. } => values[usize::from(*source)].clone(),
            Operation::Resize { .. } => return None,
        });
    }
    Some((input, layers))
}

/// The shader. Words of a value *v* are `v{v}_0`, `v{v}_1`, …, which compilers keep in registers.
fn shader(layers: &[Layer<'_>], input: Part, words: usize, tables: usize, is_shared: bool) -> String {
    let (declared, copied, held) = if is_shared {
        let copied = format!(
            "for (var i = lane; i < {words}u; i += {GROUP}u) {{ held[i] = constants[i]; }}\n  workgroupBarrier();\n"
        );
        (format!("var<workgroup> held: array<u32, {words}>;\n"), copied, "held")
    } else {
        (String::new(), String::new(), "constants")
    };
    let mut text = format!(
        "@group(0) @binding(0) var<storage, read> constants: array<u32, {words}>;
@group(0) @binding(1) var<storage, read> biases: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read> inputs: array<u32>;
@group(0) @binding(3) var<storage, read_write> outputs: array<u32>;
{declared}
fn look_up(table: u32, sum: i32) -> u32 {{
  let i = u32(sum) & 255u;
  return ({held}[table + (i >> 2u)] >> (8u * (i & 3u))) & 255u;
}}

fn together(a: vec4<u32>) -> u32 {{ return a.x | (a.y << 8u) | (a.z << 16u) | (a.w << 24u); }}

@compute @workgroup_size({GROUP})
fn main(
  @builtin(global_invocation_id) at: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {{
  {copied}  let count = arrayLength(&inputs) / {0}u;
  for (var item = at.x; item < count; item += {GROUP}u * groups.x) {{
",
        input.words()
    );
    for word in 0..input.words() {
        let _ = writeln!(text, "    let v0_{word} = inputs[{}u * item + {word}u];", input.words());
    }
    let mut places = Places { held, weights: 0, biases: 0, tables };
    for (index, layer) in layers.iter().enumerate() {
        write_layer(&mut text, layer, &places, index + 1 == layers.len());
        places.weights += 4 * layer.output_words() * layer.row_words();
        places.biases += layer.output_words();
    }
    text.push_str("  }\n}\n");
    text
}

/// Where a layer's constants are.
struct Places {
    /// The array.
    held: &'static str,
    weights: usize,
    biases: usize,
    tables: usize,
}

/// A loop over words of four outputs, whose sums run side by side.
fn write_layer(text: &mut String, layer: &Layer<'_>, places: &Places, is_last: bool) {
    let Places { held, weights, biases, tables } = places;
    let (value, words, row) = (layer.value, layer.output_words(), layer.row_words());
    if !is_last {
        let _ = writeln!(text, "    var m{value}: array<u32, {words}>;");
    }
    let _ = writeln!(text, "    for (var o = 0u; o < {words}u; o++) {{");
    let _ = writeln!(text, "      let w = {weights}u + {}u * o;\n      var sum = biases[{biases}u + o];", 4 * row);
    let inputs = layer.parts.iter().flat_map(|part| (0..part.words()).map(|word| format!("v{}_{word}", part.value)));
    for (column, input) in inputs.enumerate() {
        let products = (0..4).map(|output| format!("dot4I8Packed({input}, {held}[w + {}u])", output * row + column));
        let _ = writeln!(text, "      sum += vec4({});", products.collect::<Vec<_>>().join(", "));
    }
    let activated = match layer.linear.activation {
        Activation::Raw => {
            for (channel, name) in ["x", "y", "z", "w"].into_iter().enumerate() {
                let outputs = layer.linear.outputs;
                let put = format!("outputs[{outputs}u * item + 4u * o + {channel}u] = bitcast<u32>(sum.{name});");
                let _ = writeln!(text, "      if (4u * o + {channel}u < {outputs}u) {{ {put} }}");
            }
            text.push_str("    }\n");
            return;
        }
        Activation::Clip { shift } => format!("together(vec4<u32>(clamp(sum >> vec4({shift}u), vec4(0), vec4(255))))"),
        Activation::Phase { shift, table } => {
            let table = tables + 64 * usize::from(table);
            let entries = ["x", "y", "z", "w"].map(|name| format!("look_up({table}u, sum.{name} >> {shift}u)"));
            format!("together(vec4({}))", entries.join(", "))
        }
    };
    if is_last {
        let _ = writeln!(text, "      outputs[{words}u * item + o] = {activated};\n    }}");
        return;
    }
    let _ = writeln!(text, "      m{value}[o] = {activated} ^ 0x80808080u;\n    }}");
    for word in 0..words {
        let _ = writeln!(text, "    let v{value}_{word} = m{value}[{word}u];");
    }
}
