//! Measures the renderer natively: milliseconds for a 512² picture with each backend, and for its pixel root.

use std::time::Instant;
use verdigris_model::kernel::Backend;
use verdigris_model::picture::{Painter, Stages, Traits};

fn best<T>(run: impl Fn() -> T) -> f64 {
    let times = (0..12).map(|_| {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed().as_secs_f64() * 1e3
    });
    times.fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let network = verdigris_model::genesis();
    let traits = Traits::default().to_word()?;
    for backend in Backend::available() {
        let painter = Painter::with_backend(&network, Stages::NEWEST.number(), &[7; 32], &traits, backend)?;
        println!("draw 512 {backend:?}: {:.2} ms", best(|| painter.draw(512)));
    }
    let picture = Painter::new(&network, Stages::NEWEST.number(), &[7; 32], &traits)?.draw(512)?;
    println!("pixel root 512: {:.2} ms", best(|| picture.pixel_root()));
    #[cfg(feature = "png")]
    println!("png 512: {:.2} ms, {} bytes", best(|| picture.to_png()), picture.to_png()?.len());
    Ok(())
}
