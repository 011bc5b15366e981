//! Any network, one dispatch an operation. Values are i32, element after element, input after input.

use verdigris_model::{Activation, Linear, Network, Operation};
use wgpu::{Buffer, ComputePipeline};

use super::device::{GROUP, Gpu, Step};
use super::{GpuError, biases, packed};

/// Most elements of a value that a dispatch makes: places of elements are u32, and memory is not endless.
const MOST_ELEMENTS: u64 = 1 << 26;

/// A network as a list of shaders.
pub(super) struct Layered {
    steps: Vec<Made>,
    /// Inputs that are taken together, at most.
    at_once: usize,
}

/// How a value is made.
enum Made {
    Linear {
        pipeline: ComputePipeline,
        weights: Buffer,
        table: Buffer,
        source: usize,
    },
    Resize {
        pipeline: ComputePipeline,
        source: usize,
    },
    /// A shader for each value that is joined.
    Concat(Vec<(ComputePipeline, usize)>),
    /// The same elements as an earlier value.
    Same(usize),
}

impl Layered {
    pub(super) fn new(gpu: &Gpu, network: &Network) -> Result<Self, GpuError> {
        let spec = network.spec();
        let shapes: Vec<[usize; 3]> = network.shapes().iter().map(|shape| shape.map(usize::from)).collect();
        let largest = shapes.iter().map(elements).max().unwrap_or(1) as u64;
        let limit = gpu.buffer_limit();
        if 4 * largest > limit {
            return Err(GpuError::Memory { needed: 4 * largest, limit });
        }
        let step = |(index, operation): (usize, &Operation)| -> Result<Made, GpuError> {
            let shape = |source: u16| shapes[usize::from(source)];
            Ok(match operation {
                Operation::Linear(linear) => Made::Linear {
                    pipeline: gpu.pipeline("linear", linear_shader(linear, shape(linear.source), shapes[index + 1]))?,
                    weights: gpu.upload(&packed(&linear.weights).collect::<Vec<_>>())?,
                    table: gpu.upload(&table(linear, &spec.tables))?,
                    source: linear.source.into(),
                },
                Operation::Resize { source } => Made::Resize {
                    pipeline: gpu.pipeline("resize", resize_shader(shape(*source)))?,
                    source: usize::from(*source),
                },
                Operation::Concat { sources } => {
                    let (mut parts, mut before) = (Vec::new(), 0);
                    for &source in sources {
                        let len = elements(&shape(source));
                        let shader = copy_shader(len, elements(&shapes[index + 1]), before);
                        parts.push((gpu.pipeline("concat", shader)?, usize::from(source)));
                        before += len;
                    }
                    Made::Concat(parts)
                }
                Operation::Reshape { source, .. } => Made::Same(usize::from(*source)),
            })
        };
        let steps = spec.operations.iter().enumerate().map(step).collect::<Result<_, _>>()?;
        // All values of a batch are there until its end.
        let all: u64 = shapes.iter().map(|shape| elements(shape) as u64).sum();
        Ok(Self { steps, at_once: (limit / 4 / largest).min(MOST_ELEMENTS / all.max(1)).max(1) as usize })
    }

    /// Outputs of checked inputs.
    pub(super) fn run(
        &self,
        gpu: &Gpu,
        network: &Network,
        inputs: &[i16],
        latent: &[i16],
    ) -> Result<Vec<i32>, GpuError> {
        let mut biases_of = Vec::new();
        for operation in &network.spec().operations {
            biases_of.push(match operation {
                Operation::Linear(linear) => Some(gpu.upload(&biases(linear, latent).collect::<Vec<_>>())?),
                _ => None,
            });
        }
        let mut made = Vec::with_capacity(inputs.len() / network.input_len() * network.output_len());
        for inputs in inputs.chunks(self.at_once * network.input_len()) {
            made.extend(self.run_some(gpu, network, inputs, &biases_of)?);
        }
        Ok(made)
    }

    fn run_some(
        &self,
        gpu: &Gpu,
        network: &Network,
        inputs: &[i16],
        biases: &[Option<Buffer>],
    ) -> Result<Vec<i32>, GpuError> {
        let count = inputs.len() / network.input_len();
        let inputs: Vec<i32> = inputs.iter().map(|&value| value.into()).collect();
        let mut values = vec![gpu.upload(&inputs)?];
        for (step, shape) in self.steps.iter().zip(&network.shapes()[1..]) {
            values.push(match step {
                Made::Same(source) => values[*source].clone(),
                _ => gpu.allocate((4 * count * elements(&shape.map(usize::from))) as u64)?,
            });
        }
        let lists = self.bindings(&values, biases);
        let steps: Vec<Step<'_>> =
            lists.iter().map(|(pipeline, buffers, items)| Step { pipeline, buffers, items: *items }).collect();
        let Some(result) = values.last() else { return Ok(Vec::new()) };
        gpu.run(&steps, result)
    }

    /// Each dispatch: its shader, its buffers, and how many items it has to take.
    fn bindings<'a>(
        &'a self,
        values: &'a [Buffer],
        biases: &'a [Option<Buffer>],
    ) -> Vec<(&'a ComputePipeline, Vec<&'a Buffer>, u32)> {
        let len = |buffer: &Buffer| (buffer.size() / 4) as u32;
        let mut all = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let target = &values[index + 1];
            match step {
                Made::Linear { pipeline, weights, table, source } => {
                    let buffers =
                        [Some(weights), biases[index].as_ref(), Some(table), Some(&values[*source]), Some(target)];
                    all.push((pipeline, buffers.into_iter().flatten().collect(), len(target)));
                }
                Made::Resize { pipeline, source } => {
                    all.push((pipeline, vec![&values[*source], target], len(target)));
                }
                Made::Concat(parts) => all.extend(parts.iter().map(|(pipeline, source)| {
                    let source = &values[*source];
                    (pipeline, vec![source, target], len(source))
                })),
                Made::Same(_) => {}
            }
        }
        all
    }
}

fn elements(shape: &[usize; 3]) -> usize {
    shape.iter().product()
}

/// The table of a layer, four entries to a word; some word if it has none.
fn table(linear: &Linear, tables: &[[u8; 256]]) -> Vec<u32> {
    match linear.activation {
        Activation::Phase { table, .. } => {
            tables[usize::from(table)].as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect()
        }
        _ => vec![0],
    }
}

/// A shader that does something for each of many items.
fn shader(bindings: &str, count: &str, body: &str) -> String {
    format!(
        "{bindings}
@compute @workgroup_size({GROUP})
fn main(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {{
  for (var item = at.x; item < {count}; item += {GROUP}u * groups.x) {{
{body}
  }}
}}
"
    )
}

const SOURCE_AND_TARGET: &str = "@group(0) @binding(0) var<storage, read> source: array<i32>;
@group(0) @binding(1) var<storage, read_write> made: array<i32>;";

fn linear_shader(linear: &Linear, [c, h, w]: [usize; 3], [o, oh, ow]: [usize; 3]) -> String {
    let (kernel, stride) = (linear.kernel, linear.stride);
    let activated = match linear.activation {
        Activation::Raw => "sum".to_owned(),
        Activation::Clip { shift } => format!("clamp(sum >> {shift}u, 0, 255)"),
        Activation::Phase { shift, .. } => {
            format!("i32((table[((sum >> {shift}u) & 255) >> 2u] >> (8u * (u32(sum >> {shift}u) & 3u))) & 255u)")
        }
    };
    let bindings = "@group(0) @binding(0) var<storage, read> weights: array<i32>;
@group(0) @binding(1) var<storage, read> biases: array<i32>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read> source: array<i32>;
@group(0) @binding(4) var<storage, read_write> made: array<i32>;";
    let body = format!(
        "    let x = item % {ow}u;
    let y = (item / {ow}u) % {oh}u;
    let o = (item / {plane}u) % {o}u;
    let first = (item / {all}u) * {inputs}u;
    var weight = o * {row}u;
    var sum = biases[o] + 0 * i32(table[0]);
    for (var i = 0u; i < {c}u; i++) {{
      for (var ky = 0u; ky < {kernel}u; ky++) {{
        // What lies outside is zero; a place below zero wraps and so lies outside, too.
        let row = y * {stride}u + ky - {pad}u;
        for (var kx = 0u; kx < {kernel}u; kx++) {{
          let column = x * {stride}u + kx - {pad}u;
          if (row < {h}u && column < {w}u) {{
            let factor = extractBits(weights[weight >> 2u], 8u * (weight & 3u), 8u);
            sum += factor * source[first + (i * {h}u + row) * {w}u + column];
          }}
          weight++;
        }}
      }}
    }}
    made[item] = {activated};",
        plane = oh * ow,
        all = o * oh * ow,
        inputs = c * h * w,
        row = c * usize::from(kernel).pow(2),
        pad = kernel / 2,
    );
    shader(bindings, "arrayLength(&made)", &body)
}

fn resize_shader([_, h, w]: [usize; 3]) -> String {
    let body = format!(
        "    let x = item % {wide}u;
    let y = (item / {wide}u) % {tall}u;
    made[item] = source[(item / {plane}u) * {from}u + (y / 2u) * {w}u + x / 2u];",
        wide = 2 * w,
        tall = 2 * h,
        plane = 4 * h * w,
        from = h * w,
    );
    shader(SOURCE_AND_TARGET, "arrayLength(&made)", &body)
}

/// Copies values of `len` elements to a place in those of `all`.
fn copy_shader(len: usize, all: usize, place: usize) -> String {
    let body = format!("    made[(item / {len}u) * {all}u + {place}u + item % {len}u] = source[item];");
    shader(SOURCE_AND_TARGET, "arrayLength(&source)", &body)
}
