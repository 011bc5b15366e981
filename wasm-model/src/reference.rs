//! The definition of what a network computes: 64-bit integers, one sum after another, no cleverness.
//!
//! It is slow on purpose. Every other executor, here and elsewhere, is right exactly if it gives the same numbers.

use crate::network::shape;
use crate::{Activation, Linear, Network, NetworkError, Operation};
use alloc::vec;
use alloc::vec::Vec;

/// Runs a network on one input (elements in C, H, W order) and one latent (empty if the network has none).
///
/// # Errors
/// If the input or latent has the wrong length or leaves its declared range.
pub fn run(network: &Network, input: &[i16], latent: &[i16]) -> Result<Vec<i64>, NetworkError> {
    network.check_input(input, latent)?;
    let spec = network.spec();
    let shapes = network.shapes();
    let last_uses = shape::last_uses(spec);
    let mut values: Vec<Vec<i64>> = vec![Vec::new(); shapes.len()];
    values[0] = input.iter().map(|&x| x.into()).collect();
    for (index, operation) in spec.operations.iter().enumerate() {
        values[index + 1] = match operation {
            Operation::Linear(linear) => {
                let source = usize::from(linear.source);
                run_linear(linear, &spec.tables, &values[source], shapes[source], latent)
            }
            Operation::Resize { source } => {
                let source = usize::from(*source);
                resize(&values[source], shapes[source])
            }
            Operation::Concat { sources } => {
                sources.iter().flat_map(|&source| values[usize::from(source)].iter().copied()).collect()
            }
            Operation::Reshape { source, .. } => values[usize::from(*source)].clone(),
        };
        for &source in shape::sources(operation) {
            if last_uses[usize::from(source)] == index {
                values[usize::from(source)] = Vec::new();
            }
        }
    }
    Ok(values.pop().unwrap_or_default())
}

fn run_linear(
    linear: &Linear,
    tables: &[[u8; 256]],
    input: &[i64],
    [channels, height, width]: [u16; 3],
    latent: &[i16],
) -> Vec<i64> {
    let (channels, height, width) = (usize::from(channels), usize::from(height), usize::from(width));
    let (kernel, stride) = (usize::from(linear.kernel), usize::from(linear.stride));
    let pad = kernel / 2;
    let mut output = Vec::new();
    for o in 0..usize::from(linear.outputs) {
        let mut start = i64::from(linear.biases[o]);
        if let Some(weights) = &linear.latent {
            for (l, &x) in latent.iter().enumerate() {
                start += i64::from(weights[o * latent.len() + l]) * i64::from(x);
            }
        }
        for y in 0..height.div_ceil(stride) {
            for x in 0..width.div_ceil(stride) {
                let mut acc = start;
                for i in 0..channels {
                    for ky in 0..kernel {
                        for kx in 0..kernel {
                            // What lies outside is zero; an index below zero wraps and so lies outside, too.
                            let (row, column) =
                                ((y * stride + ky).wrapping_sub(pad), (x * stride + kx).wrapping_sub(pad));
                            if row < height && column < width {
                                let weight = linear.weights[((o * channels + i) * kernel + ky) * kernel + kx];
                                acc += i64::from(weight) * input[(i * height + row) * width + column];
                            }
                        }
                    }
                }
                output.push(activate(linear.activation, tables, acc));
            }
        }
    }
    output
}

fn activate(activation: Activation, tables: &[[u8; 256]], acc: i64) -> i64 {
    match activation {
        Activation::Raw => acc,
        Activation::Clip { shift } => (acc >> shift).clamp(0, 255),
        Activation::Phase { shift, table } => tables[usize::from(table)][((acc >> shift) & 255) as usize].into(),
    }
}

fn resize(input: &[i64], [channels, height, width]: [u16; 3]) -> Vec<i64> {
    let (channels, height, width) = (usize::from(channels), usize::from(height), usize::from(width));
    let mut output = Vec::with_capacity(4 * input.len());
    for c in 0..channels {
        for y in 0..2 * height {
            for x in 0..2 * width {
                output.push(input[(c * height + y / 2) * width + x / 2]);
            }
        }
    }
    output
}
