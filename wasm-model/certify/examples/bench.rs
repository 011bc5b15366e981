//! Times a 512² picture of the genesis network natively: our kernels, and tract on the same ONNX file. Prints a map of
//! figures. Build it with `--release`, as a user of either would.

use std::time::Instant;

use tract_onnx::prelude::*;
use verdigris_model::kernel::Backend;
use verdigris_model::picture::Painter;

const SIZE: u16 = 512;
const ROUNDS: usize = 9;

fn main() -> TractResult<()> {
    let network = verdigris_model::genesis();
    let mut figures = Vec::new();
    for backend in Backend::available() {
        let painter = Painter::with_backend(&network, 1, &[7; 32], &[0; 32], backend)?;
        let name = format!("render_512_native_{}_ms", format!("{backend:?}").to_lowercase());
        figures.push((name, median(|| drop(painter.draw(SIZE)))));
    }
    figures.push(("render_512_tract_native_ms".to_owned(), tract()?));
    let members: Vec<String> = figures.iter().map(|(name, value)| format!("\"{name}\":{value:.2}")).collect();
    println!("{{{}}}", members.join(","));
    Ok(())
}

fn tract() -> TractResult<f64> {
    let pixels = usize::from(SIZE) * usize::from(SIZE);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/genesis/genesis.onnx");
    let model = onnx()
        .model_for_path(file)?
        .with_input_fact(0, f32::fact([pixels, 6]).into())?
        .with_input_fact(1, f32::fact([1, 24]).into())?
        .into_optimized()?
        .into_runnable()?;
    // The values don't matter to the time: no layer skips zeros.
    let features: Tensor =
        tract_ndarray::Array2::<f32>::from_shape_fn((pixels, 6), |(pixel, which)| ((pixel * 7 + which) % 16) as f32)
            .into();
    let latent: Tensor = tract_ndarray::Array2::<f32>::from_elem((1, 24), 3.0).into();
    let mut failed = None;
    let time = median(|| failed = model.run(tvec![features.clone().into(), latent.clone().into()]).err());
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
