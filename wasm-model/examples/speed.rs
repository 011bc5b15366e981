//! Measures the renderer natively: each backend on the art model, and on a network of its shapes with random weights, of
//! which nothing can be left out. `cargo run --release -p verdigris-model --example speed`

#[path = "../src/drawing.rs"]
#[allow(dead_code, reason = "only weights are drawn here")]
mod drawing;

use std::time::Instant;
use verdigris_model::kernel::Backend;
use verdigris_model::picture::{Painter, Stages, Traits};
use verdigris_model::{Network, Operation};

const SIZE: u16 = 512;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let traits = Traits::default().to_word()?;
    for (name, network) in [("atlas", verdigris_model::atlas()), ("dense", dense())] {
        let multiply_adds = multiply_adds(&network) * f64::from(SIZE) * f64::from(SIZE);
        for backend in Backend::available() {
            let painter = Painter::with_backend(&network, Stages::NEWEST.number(), &[7; 32], &traits, backend)?;
            let time = best(|| painter.draw(SIZE));
            println!("{name} {SIZE} {backend:?}: {time:.1} ms, {:.1} G multiply-adds/s", multiply_adds / time / 1e6);
        }
    }
    let picture = Painter::new(&verdigris_model::atlas(), Stages::NEWEST.number(), &[7; 32], &traits)?.draw(SIZE)?;
    println!("pixel root {SIZE}: {:.2} ms", best(|| picture.pixel_root()));
    #[cfg(feature = "png")]
    println!("png {SIZE}: {:.2} ms, {} bytes", best(|| picture.to_png()), picture.to_png()?.len());
    Ok(())
}

/// The art model's shapes with random weights.
fn dense() -> Network {
    let mut spec = verdigris_model::atlas().spec().clone();
    let mut drawing = drawing::Drawing::new(1);
    for operation in &mut spec.operations {
        if let Operation::Linear(linear) = operation {
            linear.weights.iter_mut().for_each(|weight| *weight = drawing.between(1, 100) as i8);
        }
    }
    Network::new(spec).expect("its sums stay below the bound")
}

fn multiply_adds(network: &Network) -> f64 {
    let layers = network.spec().operations.iter();
    layers
        .map(|operation| if let Operation::Linear(linear) = operation { linear.weights.len() as f64 } else { 0.0 })
        .sum()
}

/// Least milliseconds of twelve runs.
fn best<T>(run: impl Fn() -> T) -> f64 {
    let times = (0..12).map(|_| {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed().as_secs_f64() * 1e3
    });
    times.fold(f64::INFINITY, f64::min)
}
