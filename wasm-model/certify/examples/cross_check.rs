//! Writes ONNX files with inputs and the integers that they must give, for other runtimes to be held against.
//!
//! `cargo run -p verdigris-certify --example cross_check -- FOLDER`; `tests/ort.mjs` reads what it writes.

#[path = "../tests/common/random.rs"]
#[allow(dead_code, reason = "the tests use the rest of it")]
mod random;

use random::Dice;
use std::path::Path;
use verdigris_certify::{Form, Options, WriteOptions, guard, write_onnx};
use verdigris_model::{Network, genesis, reference};

/// Rows that a network of vectors is run on at once.
const ROWS: usize = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder to write to")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    write(folder, "genesis", &genesis(), Form::Rows, 1)?;
    write(folder, "genesis-open-image", &genesis(), Form::OpenImage, 1)?;
    for seed in 0..8 {
        write(folder, &format!("vectors-{seed}"), &random::vectors(seed), Form::Rows, seed)?;
        write(folder, &format!("pictures-{seed}"), &random::pictures(seed), Form::Image, seed)?;
    }
    Ok(())
}

/// Writes a network with and without the guard, and as the guard is put into a file that lacks it.
fn write(
    folder: &Path,
    name: &str,
    network: &Network,
    form: Form,
    seed: u64,
) -> Result<(), Box<dyn std::error::Error>> {
    let file = |guard| write_onnx(network, &WriteOptions { form, guard, ..Default::default() });
    let plain = file(false)?;
    std::fs::write(folder.join(format!("{name}.retrofitted.onnx")), guard(&plain, &Options::default())?)?;
    std::fs::write(folder.join(format!("{name}.plain.onnx")), plain)?;
    std::fs::write(folder.join(format!("{name}.guarded.onnx")), file(true)?)?;
    let [c, h, w] = network.spec().input.shape.map(usize::from);
    let (dims, latent_dims) = match form {
        Form::Rows => (vec![ROWS, c], vec![1, network.latent_len()]),
        Form::OpenImage => (vec![1, c, 8, ROWS / 8], vec![1, network.latent_len(), 1, 1]),
        _ => (vec![1, c, h, w], vec![1, network.latent_len(), 1, 1]),
    };
    let (input, latent, output) = samples(network, form, seed)?;
    let mut inputs = vec![serde_json::json!({"name": "input", "dims": dims, "values": input})];
    if !latent.is_empty() {
        inputs.push(serde_json::json!({"name": "latent", "dims": latent_dims, "values": latent}));
    }
    let check = serde_json::json!({"inputs": inputs, "output": output});
    std::fs::write(folder.join(format!("{name}.json")), check.to_string())?;
    Ok(())
}

type Samples = (Vec<i16>, Vec<i16>, Vec<i64>);

/// An input tensor of one picture or of many rows, in the order of the form, and what the reference makes of it.
fn samples(network: &Network, form: Form, seed: u64) -> Result<Samples, verdigris_model::NetworkError> {
    let (first, latent) = random::inputs(network, seed);
    if form == Form::Image {
        let output = reference::run(network, &first, &latent)?;
        return Ok((first, latent, output));
    }
    let mut dice = Dice(seed);
    let domain = &network.spec().input;
    let row = |dice: &mut Dice| (0..first.len()).map(|_| dice.within(domain.lo, domain.hi)).collect::<Vec<_>>();
    let rows: Vec<_> = (0..ROWS).map(|_| row(&mut dice)).collect();
    let results = rows.iter().map(|row| reference::run(network, row, &latent)).collect::<Result<Vec<_>, _>>()?;
    Ok(match form {
        Form::Rows => (rows.concat(), latent, results.concat()),
        _ => (columns(&rows), latent, columns(&results)),
    })
}

/// Channel by channel instead of row by row.
fn columns<T: Copy>(rows: &[Vec<T>]) -> Vec<T> {
    (0..rows[0].len()).flat_map(|channel| rows.iter().map(move |row| row[channel])).collect()
}
