//! Times pictures natively, our kernels and tract on the same ONNX file: the genesis network and the art model. Prints a
//! map of figures. Build it with `--release`, as a user of either would.
//!
//! `bench FOLDER` also writes `dense.vdgn`, a network of the art model's shapes of which nothing can be left out, and
//! `bare.vdgn`, which goes from places to fields in one small layer: what a picture takes beside its network.

use std::path::Path;
use std::time::Instant;

use tract_onnx::prelude::*;
use verdigris_model::kernel::Backend;
use verdigris_model::picture::{self, Concept, Fields, Painter, Place, Stages, Traits};
use verdigris_model::{Network, Operation};

const SIZE: u16 = 512;
const ROUNDS: usize = 15;
/// Pixels that tract is given at once: it is measured at its best.
const BATCHES: [usize; 3] = [1 << 12, 1 << 15, 1 << 18];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut figures = Vec::new();
    let dense = dense()?;
    for backend in Backend::available() {
        let name = format!("{backend:?}").to_lowercase();
        for (network, of) in [(verdigris_model::genesis(), "render"), (verdigris_model::atlas(), "atlas")] {
            let painter = Painter::with_backend(&network, Stages::NEWEST.number(), &[7; 32], &[0; 32], backend)?;
            figures.push((format!("{of}_512_native_{name}_ms"), median(|| drop(painter.draw(SIZE)))));
        }
        figures.push((format!("native_{name}_gmacs"), gmacs(&dense, backend)?));
    }
    figures.push(("render_512_tract_native_ms".to_owned(), tract("genesis")?));
    figures.push(("atlas_512_tract_native_ms".to_owned(), tract("atlas")?));
    if let Some(path) = std::env::args().nth(1) {
        let folder = Path::new(&path);
        std::fs::write(folder.join("dense.vdgn"), dense.to_bytes())?;
        std::fs::write(folder.join("bare.vdgn"), bare()?.to_bytes())?;
    }
    figures.push(("atlas_multiply_adds".to_owned(), multiply_adds(&dense) as f64));
    let members: Vec<String> = figures.iter().map(|(name, value)| format!("\"{name}\":{value:.2}")).collect();
    println!("{{{}}}", members.join(","));
    Ok(())
}

/// The art model's shapes with weights of which none is zero.
fn dense() -> Result<Network, verdigris_model::NetworkError> {
    let mut spec = verdigris_model::atlas().spec().clone();
    for operation in &mut spec.operations {
        if let Operation::Linear(linear) = operation {
            for (i, weight) in linear.weights.iter_mut().enumerate() {
                *weight = (1 + i * i % 89) as i8 * if i % 3 == 0 { -1 } else { 1 };
            }
        }
    }
    Network::new(spec)
}

/// The last layer alone, cut to the inputs of a picture model.
fn bare() -> Result<Network, verdigris_model::NetworkError> {
    let mut spec = verdigris_model::atlas().spec().clone();
    let last = spec.operations.pop();
    spec.operations.clear();
    if let Some(Operation::Linear(mut linear)) = last {
        let inputs = linear.weights.len() / usize::from(linear.outputs);
        linear.source = 0;
        linear.weights = linear.weights.chunks_exact(inputs).flat_map(|row| row[..6].to_vec()).collect();
        spec.operations.push(Operation::Linear(linear));
    }
    Network::new(spec)
}

fn multiply_adds(network: &Network) -> usize {
    let layers = network.spec().operations.iter();
    layers.map(|o| if let Operation::Linear(l) = o { l.weights.len() } else { 0 }).sum()
}

/// Thousand million multiply-adds a second in the network alone, from places to fields.
fn gmacs(network: &Network, backend: Backend) -> Result<f64, picture::PictureError> {
    let motif = picture::motif(network, &[7; 32], Traits::default(), backend)?;
    let places: Vec<_> = (0..1 << 18).map(|i| Place { u: (i & 511) * 8 - 2048, v: (i >> 9) * 8 - 2048 }).collect();
    let mut fields = vec![Fields::default(); places.len()];
    let mut outcome = Ok(());
    // Row by row, as a picture is drawn.
    let time = median(|| {
        let mut rows = places.chunks(512).zip(fields.chunks_mut(512));
        outcome = rows.try_for_each(|(places, fields)| motif.fields(places, fields));
    });
    outcome.map(|()| (multiply_adds(network) * places.len()) as f64 / time / 1e6)
}

/// Milliseconds for a 512² picture's fields by tract, given as many pixels at once as suit it best.
fn tract(name: &str) -> TractResult<f64> {
    let times = BATCHES.iter().map(|&batch| tract_in_batches(name, batch)).collect::<TractResult<Vec<_>>>()?;
    Ok(times.into_iter().fold(f64::INFINITY, f64::min))
}

fn tract_in_batches(name: &str, batch: usize) -> TractResult<f64> {
    let batches = usize::from(SIZE) * usize::from(SIZE) / batch;
    let file = format!("{}/../../models/{name}/{name}.onnx", env!("CARGO_MANIFEST_DIR"));
    let model = onnx()
        .model_for_path(file)?
        .with_input_fact(0, f32::fact([batch, 6]).into())?
        .with_input_fact(1, f32::fact([1, 32]).into())?
        .into_optimized()?
        .into_runnable()?;
    // The values don't matter to the time: no layer skips zeros.
    let features: Tensor =
        tract_ndarray::Array2::<f32>::from_shape_fn((batch, 6), |(pixel, which)| ((pixel * 7 + which) % 16) as f32)
            .into();
    let latent: Tensor = tract_ndarray::Array2::<f32>::from_elem((1, 32), 3.0).into();
    let mut failed = None;
    let time = median(|| {
        for _ in 0..batches {
            failed = failed.take().or(model.run(tvec![features.clone().into(), latent.clone().into()]).err());
        }
    });
    failed.map_or(Ok(time), Err)
}

/// Median milliseconds, after one run that warms up.
fn median(mut work: impl FnMut()) -> f64 {
    work();
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}
