//! Writes the fixed vectors that every executor is compared with: `cargo run -p verdigris-model --example vectors`.
//!
//! `network-01.json` to `network-20.json`: a network's canonical form and hash, and for some inputs and latents the
//! reference's outputs. `pictures.json`: pixel roots of some blueprints. Numbers are plain integers, bytes are hex.

#[path = "../src/drawing.rs"]
mod drawing;

use drawing::{Drawing, Kind};
use std::fmt::Write as _;
use verdigris_model::kernel::Backend;
use verdigris_model::picture::{Painter, Stages, Traits};
use verdigris_model::{Activation, Domain, Linear, Network, NetworkSpec, Operation, reference};

/// Number of network files.
pub const NETWORKS: u64 = 20;
/// The stages that draw the golden pictures.
const STAGES: u32 = Stages::NEWEST.number();
/// Widths of the golden pictures.
const SIZES: [u16; 2] = [64, 256];

#[allow(dead_code, reason = "tests include this file for what it makes")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    std::fs::create_dir_all(&folder)?;
    let mut files: Vec<_> = (1..=NETWORKS).map(|number| (network_name(number), network_file(number))).collect();
    files.push(("pictures.json".to_owned(), pictures_file(Backend::best())));
    for (name, text) in files {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// Name of a network's file.
pub fn network_name(number: u64) -> String {
    format!("network-{number:02}.json")
}

/// Text of a network's file.
pub fn network_file(number: u64) -> String {
    let network = network(number);
    let mut drawing = Drawing::new(1000 + number);
    let cases: Vec<_> = (0..3)
        .map(|_| {
            let (input, latent) = (drawing.input(&network), drawing.latent(&network));
            let output = reference::run(&network, &input, &latent).expect("the drawing fits");
            format!(r#"    {{ "input": {input:?}, "latent": {latent:?}, "output": {output:?} }}"#)
        })
        .collect();
    format!(
        "{{\n  \"network\": \"{}\",\n  \"canonicalHash\": \"{}\",\n  \"outputShape\": {:?},\n  \"cases\": [\n{}\n  ]\n}}\n",
        hex(&network.to_bytes()),
        hex(&network.canonical_hash()),
        network.output_shape(),
        cases.join(",\n")
    )
}

/// The genesis network, one at the edge of the range rule, and small ones of all kinds.
pub fn network(number: u64) -> Network {
    match number {
        1 => verdigris_model::genesis(),
        2 => extremes(),
        _ => {
            let kind = if number <= 6 { Kind::Vector } else { Kind::Any };
            let small = |network: &Network| {
                let len = network.to_bytes().len();
                (200..4000).contains(&len) && (4..200).contains(&network.output_len()) && network.input_len() < 200
            };
            let mut drawn = (0..).map(|attempt| Drawing::new(1000 * number + attempt).network(kind));
            drawn.find(small).expect("there is always another one")
        }
    }
}

/// Sums that reach 2^23 - 1 and 1 - 2^23 in a raw output.
fn extremes() -> Network {
    let reach = 127 * 255;
    let linear = Linear {
        source: 0,
        outputs: 3,
        kernel: 1,
        stride: 1,
        activation: Activation::Raw,
        weights: vec![127, -127, 0],
        biases: vec![(1 << 23) - 1 - reach, 1 - (1 << 23) + reach, -1],
        latent: None,
    };
    let input = Domain { shape: [1, 1, 1], lo: 0, hi: 255 };
    let spec = NetworkSpec { input, latent: None, tables: vec![], operations: vec![Operation::Linear(linear)] };
    Network::new(spec).expect("its sums stay below the bound")
}

/// Seeds and traits of the golden pictures.
pub fn blueprints() -> Vec<([u8; 32], [u8; 32])> {
    let traits = |[palette, family, symmetry, density]: [u8; 4], [texture, frame, marks]: [u8; 3], epoch| Traits {
        palette,
        family,
        symmetry,
        density,
        texture,
        frame,
        marks,
        epoch,
    };
    let all = [
        traits([0, 0, 0, 3], [0, 0, 0], 0),
        traits([1, 1, 1, 2], [1, 1, 1], 1),
        traits([5, 2, 2, 1], [2, 2, 2], 2),
        traits([8, 3, 3, 0], [3, 3, 3], 300),
        traits([13, 7, 4, 2], [4, 0, 3], 0),
        traits([19, 11, 5, 1], [5, 3, 1], 65_535),
    ];
    let seed = |i: usize| verdigris_model::keccak256(format!("verdigris/vector/{i}").as_bytes());
    let word = |traits: Traits| traits.to_word().expect("they are in range");
    all.into_iter().enumerate().map(|(i, traits)| (seed(i), word(traits))).collect()
}

/// Text of the golden pictures' file, drawn by one backend.
pub fn pictures_file(backend: Backend) -> String {
    let network = verdigris_model::genesis();
    let mut rows = Vec::new();
    for (seed, traits) in blueprints() {
        let painter = Painter::with_backend(&network, STAGES, &seed, &traits, backend);
        let painter = painter.expect("the blueprint is valid");
        for size in SIZES {
            let root = painter.draw(size).expect("the size is valid").pixel_root();
            rows.push(format!(
                "    {{ \"seed\": \"{}\", \"traits\": \"{}\", \"size\": {size}, \"pixelRoot\": \"{}\" }}",
                hex(&seed),
                hex(&traits),
                hex(&root)
            ));
        }
    }
    format!(
        "{{\n  \"stages\": {STAGES},\n  \"canonicalHash\": \"{}\",\n  \"pictures\": [\n{}\n  ]\n}}\n",
        hex(&network.canonical_hash()),
        rows.join(",\n")
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
