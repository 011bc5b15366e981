//! Draws the flagship's pictures on a GPU as fast as it can, compares their bytes with those drawn here, and prints a map
//! of figures.
//!
//! `pictures SIZE SECONDS`, with part of the device's name in `VERDIGRIS_GPU`.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use verdigris_gpu_worker::engine::{Engine as _, PictureEngine};
use verdigris_gpu_worker::exact::{Gpu, Prepared};
use verdigris_gpu_worker::tensor::{DataType, Tensor};
use verdigris_model::kernel::{Backend, Executor};
use verdigris_model::picture::{Painter, Place, Stages, Traits, features, latent};
use verdigris_model::{Network, keccak256};

type Failure = Box<dyn Error>;

/// How often something is done in a second, after once that doesn't count.
fn per_second(time: Duration, mut work: impl FnMut(u8) -> Result<(), Failure>) -> Result<f64, Failure> {
    work(0)?;
    let (start, mut count) = (Instant::now(), 0u32);
    while start.elapsed() < time {
        count += 1;
        work(count as u8)?;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

fn tensor(name: &str, datatype: DataType, data: &[u8]) -> Tensor {
    let shape = vec![data.len() / datatype.width().unwrap_or(1)];
    Tensor { name: name.into(), datatype, shape, data: data.to_vec() }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [size, seconds] = &arguments[..] else { return Err("pictures SIZE SECONDS".into()) };
    let (size, time): (u16, _) = (size.parse()?, Duration::from_secs(seconds.parse()?));
    let gpu = Arc::new(Gpu::open(std::env::var("VERDIGRIS_GPU").ok().as_deref())?);
    let network = Arc::new(Network::from_bytes(include_bytes!("../../../models/atlas/atlas.vdgn"))?);

    let engine = PictureEngine::new(network.clone(), Some(gpu.clone()))?;
    let token = |number: u8| -> Result<_, Failure> {
        let seed = keccak256(&[number]);
        Ok((seed, Traits::of_seed(&seed).to_word()?))
    };
    let draw = |number| -> Result<Vec<u8>, Failure> {
        let (seed, traits) = token(number)?;
        let bytes = DataType::Uint8;
        let size = tensor("size", DataType::Uint16, &size.to_le_bytes());
        let inputs = [tensor("seed", bytes, &seed), tensor("traits", bytes, &traits), size];
        Ok(engine.run(&inputs, &|| true)?.remove(0).data)
    };
    for number in 0..8 {
        let (seed, traits) = token(number)?;
        let right = Painter::new(&network, Stages::NEWEST.number(), &seed, &traits)?.draw(size)?;
        if draw(number)? != right.into_rgb() {
            return Err(format!("{} draws token {number} otherwise than this CPU", gpu.name()).into());
        }
    }
    let pictures = per_second(time, |number| draw(number).map(drop))?;

    // The network alone, without composition and palette: once for each pixel.
    let side = i32::from(size);
    let places =
        (0..side * side).map(|at| Place { u: at % side * 4096 / side - 2048, v: at / side * 4096 / side - 2048 });
    let points: Vec<i16> = places.flat_map(features).collect();
    let latent = latent(&[7; 32], Traits::from_word(&[0; 32])?);
    let prepared = Prepared::new(gpu.clone(), network.clone())?;
    let executor = Executor::new(&network, &latent, Backend::best())?;
    let right: Result<Vec<_>, _> = points.chunks(network.input_len()).map(|point| executor.run(point)).collect();
    if prepared.run(&points, &latent)? != right?.concat() {
        return Err(format!("{} computes the network otherwise than this CPU", gpu.name()).into());
    }
    let runs = per_second(time, |_| Ok(prepared.run(&points, &latent).map(drop)?))?;
    println!("{}", json!({ "gpu": gpu.name(), "gpu_pictures_per_s": pictures, "gpu_networks_per_s": runs }));
    Ok(())
}
