//! Runs any network on one input: convolutions become dense layers over blocks of positions.

use super::pack::fold_latent;
use super::{Backend, Finish, LANES, Layer, Row, Sums};
use crate::network::shape;
use crate::{Linear, Network, NetworkError, Operation};
use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

/// Fewest positions for which it pays to compute [`LANES`] of them together.
const FEW: usize = 4;

/// A network with its weights in the kernel's order and a latent folded in.
#[derive(Clone, Debug)]
pub struct Executor<'a> {
    network: &'a Network,
    layers: Vec<Option<Layer>>,
    latent: Vec<i16>,
    backend: Backend,
}

impl<'a> Executor<'a> {
    /// Prepares a network for many inputs with the same latent (empty if it has none).
    ///
    /// # Errors
    /// If the latent has the wrong length or leaves its declared range.
    pub fn new(network: &'a Network, latent: &[i16], backend: Backend) -> Result<Self, NetworkError> {
        network.check_latent(latent)?;
        let shapes = network.shapes();
        let prepare = |(index, operation): (usize, &Operation)| match operation {
            Operation::Linear(linear) if positions(shapes[index + 1]) >= FEW => {
                let rows: Vec<_> = (0..linear.outputs.into()).collect();
                let columns: Vec<_> = (0..linear.weights.len() / rows.len()).collect();
                Some(Layer::new(network, linear, &rows, &columns, &fold_latent(linear, latent)))
            }
            _ => None,
        };
        let layers = network.spec().operations.iter().enumerate().map(prepare).collect();
        Ok(Self { network, layers, latent: latent.to_vec(), backend })
    }

    /// The outputs for one input (elements in C, H, W order): u8 values, or sums if the last activation is raw.
    ///
    /// # Errors
    /// If the input has the wrong length or leaves its declared range.
    pub fn run(&self, input: &[i16]) -> Result<Vec<i32>, NetworkError> {
        self.network.check_input(input, &self.latent)?;
        let spec = self.network.spec();
        let shapes = self.network.shapes();
        let last_uses = shape::last_uses(spec);
        let mut values: Vec<Vec<i16>> = vec![Vec::new(); shapes.len()];
        values[0] = input.to_vec();
        for (index, operation) in spec.operations.iter().enumerate() {
            values[index + 1] = match operation {
                Operation::Linear(linear) => {
                    let from = usize::from(linear.source);
                    let source = Source::new(&values[from], shapes[from], linear);
                    let raw = index + 1 == spec.operations.len() && self.network.output_is_raw();
                    let sums = self.run_linear(index, linear, &source, shapes[index + 1]);
                    match (sums, raw) {
                        (Made::Sums(sums), true) => return Ok(sums),
                        (Made::Sums(_), false) => Vec::new(),
                        (Made::Values(made), _) => made,
                    }
                }
                Operation::Resize { source } => {
                    resize(&values[usize::from(*source)], usize::from(shapes[usize::from(*source)][2]))
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
        Ok(values.pop().unwrap_or_default().into_iter().map(i32::from).collect())
    }

    fn run_linear(&self, index: usize, linear: &Linear, source: &Source, shape: [u16; 3]) -> Made {
        match &self.layers[index] {
            Some(layer) => self.run_blocks(layer, source, shape),
            None => self.run_few(linear, source, shape),
        }
    }

    /// Blocks of [`LANES`] positions, their inputs gathered for each tap of the kernel.
    fn run_blocks(&self, layer: &Layer, source: &Source, shape: [u16; 3]) -> Made {
        let positions = positions(shape);
        let mut input = vec![Row::ZERO; layer.pairs];
        let mut rows = vec![Row::ZERO; layer.rows()];
        let mut sums = vec![Sums::ZERO; layer.padded()];
        let raw = matches!(layer.finish, Finish::Raw);
        let mut made = if raw {
            Made::Sums(vec![0; layer.outputs * positions])
        } else {
            Made::Values(vec![0; layer.outputs * positions])
        };
        for start in (0..positions).step_by(LANES) {
            let count = LANES.min(positions - start);
            source.gather(start, count, usize::from(shape[2]), &mut input);
            self.backend.sums(layer, &input, &mut sums);
            match &mut made {
                Made::Sums(made) => {
                    for (o, plane) in made.chunks_exact_mut(positions).enumerate() {
                        plane[start..start + count].copy_from_slice(&sums[o].0[..count]);
                    }
                }
                Made::Values(made) => {
                    self.backend.finish(layer, &sums, &mut rows);
                    for (o, plane) in made.chunks_exact_mut(positions).enumerate() {
                        for (lane, value) in plane[start..start + count].iter_mut().enumerate() {
                            *value = rows[o / 2].get(o % 2, lane);
                        }
                    }
                }
            }
        }
        made
    }

    /// One position after the other: the inputs of a position are gathered, then multiplied with each row of weights.
    fn run_few(&self, linear: &Linear, source: &Source, shape: [u16; 3]) -> Made {
        let (outputs, positions) = (usize::from(linear.outputs), positions(shape));
        let biases = fold_latent(linear, &self.latent);
        let row_len = linear.weights.len() / outputs;
        let mut sums = vec![0; outputs * positions];
        let mut column = vec![0i16; row_len];
        for position in 0..positions {
            source.gather_one(position, usize::from(shape[2]), &mut column);
            for (o, (weights, bias)) in linear.weights.chunks_exact(row_len).zip(&biases).enumerate() {
                let products = weights.iter().zip(&column).map(|(&w, &x)| i32::from(i16::from(w)) * i32::from(x));
                sums[o * positions + position] = bias + products.sum::<i32>();
            }
        }
        let tables = &self.network.spec().tables;
        match linear.activation {
            crate::Activation::Raw => Made::Sums(sums),
            crate::Activation::Clip { shift } => {
                Made::Values(sums.into_iter().map(|sum| (sum >> shift).clamp(0, 255) as i16).collect())
            }
            crate::Activation::Phase { shift, table } => {
                let table = &tables[usize::from(table)];
                let look_up = |sum: i32| table[((sum >> shift) & 255) as usize].into();
                Made::Values(sums.into_iter().map(look_up).collect())
            }
        }
    }
}

/// What a linear operation makes.
enum Made {
    Sums(Vec<i32>),
    Values(Vec<i16>),
}

/// What a linear operation reads, with a border of zeros if its kernel reaches beyond the edge.
struct Source<'a> {
    values: Cow<'a, [i16]>,
    /// Width with the border.
    width: usize,
    stride: usize,
    /// Where each column of the weights is found, counted from the first tap of a position's first channel.
    taps: Vec<usize>,
}

impl<'a> Source<'a> {
    fn new(values: &'a [i16], shape: [u16; 3], linear: &Linear) -> Self {
        let [channels, height, width] = shape.map(usize::from);
        let kernel = usize::from(linear.kernel);
        let border = kernel / 2;
        let (tall, wide) = (height + 2 * border, width + 2 * border);
        let values = if border == 0 {
            Cow::Borrowed(values)
        } else {
            let mut bordered = vec![0; channels * tall * wide];
            for (plane, from) in bordered.chunks_exact_mut(tall * wide).zip(values.chunks_exact(height * width)) {
                let rows = plane.chunks_exact_mut(wide).skip(border);
                rows.zip(from.chunks_exact(width)).for_each(|(row, from)| row[border..][..width].copy_from_slice(from));
            }
            Cow::Owned(bordered)
        };
        let taps = (0..channels).flat_map(|c| (0..kernel).map(move |ky| c * tall + ky));
        let taps = taps.flat_map(|row| (0..kernel).map(move |kx| row * wide + kx)).collect();
        Self { values, width: wide, stride: linear.stride.into(), taps }
    }

    /// Where a position's first tap is.
    fn place(&self, position: usize, output_width: usize) -> usize {
        (position / output_width * self.width + position % output_width) * self.stride
    }

    /// Inputs of `count` positions from `start` on; the lanes after them hold anything.
    fn gather(&self, start: usize, count: usize, output_width: usize, rows: &mut [Row]) {
        let places: [usize; LANES] = core::array::from_fn(|lane| self.place(start + lane.min(count - 1), output_width));
        let in_a_line = places.iter().enumerate().all(|(lane, place)| *place == places[0] + lane);
        for (row, taps) in rows.iter_mut().zip(self.taps.chunks(2)) {
            match *taps {
                [first, second] if in_a_line => {
                    let first = &self.values[first + places[0]..][..LANES];
                    let second = &self.values[second + places[0]..][..LANES];
                    for (lane, (&first, &second)) in row.0.iter_mut().zip(first.iter().zip(second)) {
                        *lane = Row::pair(first, second);
                    }
                }
                [first, second] => {
                    let pair = |place| Row::pair(self.values[first + place], self.values[second + place]);
                    row.0.iter_mut().zip(places).for_each(|(lane, place)| *lane = pair(place));
                }
                _ => {
                    let pair = |place| Row::pair(self.values[taps[0] + place], 0);
                    row.0.iter_mut().zip(places).for_each(|(lane, place)| *lane = pair(place));
                }
            }
        }
    }

    /// Inputs of one position, in the order of the weights.
    fn gather_one(&self, position: usize, output_width: usize, column: &mut [i16]) {
        let place = self.place(position, output_width);
        column.iter_mut().zip(&self.taps).for_each(|(value, tap)| *value = self.values[tap + place]);
    }
}

fn positions(shape: [u16; 3]) -> usize {
    usize::from(shape[1]) * usize::from(shape[2])
}

fn resize(input: &[i16], width: usize) -> Vec<i16> {
    let mut output = Vec::with_capacity(4 * input.len());
    for row in input.chunks_exact(width) {
        for _ in 0..2 {
            output.extend(row.iter().flat_map(|&value| [value, value]));
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::{Drawing, Kind};
    use crate::reference;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]

        #[test]
        fn every_backend_equals_the_reference_on_any_network(seed: u64) {
            let mut drawing = Drawing::new(seed);
            let network = drawing.network(Kind::Any);
            let latent = drawing.latent(&network);
            let executors: Vec<_> = Backend::available()
                .into_iter()
                .map(|backend| (backend, Executor::new(&network, &latent, backend).expect("the latent fits")))
                .collect();
            for _ in 0..2 {
                let input = drawing.input(&network);
                let expected = reference::run(&network, &input, &latent)?;
                for (backend, executor) in &executors {
                    let found: Vec<i64> = executor.run(&input)?.into_iter().map(i64::from).collect();
                    prop_assert_eq!(&found, &expected, "{:?}", backend);
                }
            }
        }
    }

    #[test]
    fn an_input_or_latent_that_does_not_fit_is_refused() {
        let network = crate::genesis();
        assert!(matches!(
            Executor::new(&network, &[0; 31], Backend::Scalar).err(),
            Some(NetworkError::ValueCount { what: "latent", expected: 32, found: 31 })
        ));
        let executor = Executor::new(&network, &[0; 32], Backend::Scalar).expect("the latent fits");
        assert!(matches!(
            executor.run(&[0, 0, 128, 0, 0, 0]),
            Err(NetworkError::ValueRange { what: "input", index: 2, value: 128, .. })
        ));
        assert!(matches!(executor.run(&[0; 7]), Err(NetworkError::ValueCount { what: "input", .. })));
    }
}
