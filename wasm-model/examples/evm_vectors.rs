//! Writes what the EVM executor's tests compare with: `cargo run -p verdigris-model --example evm_vectors`.
//!
//! Into `contracts/test/vectors`, each file one ABI-encoded array of structures, for `abi.decode`:
//!
//! - `networks.bin`, `(bytes form, bytes[] inputs, bytes[] outputs)[]`: random networks of dense layers, run by the
//!   reference, and the fixed vectors that are networks of vectors;
//! - `mutants.bin`, `(bytes form, bool valid, bytes[] inputs, bytes[] outputs)[]`: small networks of which one byte was
//!   changed, some with sums at the edge of the range rule, and whether the reader takes them;
//! - `pixels.bin`, `(bytes32 seed, bytes32 traits, uint16 size, uint16 x, uint16 y, bytes rgb)[]`: pixels of the genesis
//!   network; where `x` is 65,535, the whole row.

#[path = "../src/drawing.rs"]
#[allow(dead_code, reason = "only its random numbers and inputs are used")]
mod drawing;

use drawing::Drawing;
use verdigris_model::picture::{Painter, Stages, Traits};
use verdigris_model::{
    Activation, Domain, LatentDomain, Linear, Network, NetworkError, NetworkSpec, Operation, genesis, keccak256,
    reference,
};

const NETWORKS: u64 = 260;
const MUTATED: u64 = 8;
const PIXELS: u64 = 400;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/test/vectors");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("networks.bin"), networks())?;
    std::fs::write(folder.join("mutants.bin"), mutants())?;
    std::fs::write(folder.join("pixels.bin"), pixels())?;
    Ok(())
}

/* NETWORKS */

fn networks() -> Vec<u8> {
    let drawn = (0..NETWORKS).map(|seed| {
        let mut draw = Drawing::new(7_000 + seed);
        let limits = match seed % 20 {
            0 => Limits { widths: (60, 130), layers: (1, 3) },
            1..=4 => Limits { widths: (20, 70), layers: (1, 4) },
            _ => Limits { widths: (1, 36), layers: (1, 6) },
        };
        let network = network(&mut draw, &limits);
        let (inputs, outputs) = cases(&mut draw, &network, 2);
        tuple(&[Part::Bytes(network.to_bytes()), Part::List(inputs), Part::List(outputs)])
    });
    list(&drawn.chain([handwriting()]).collect::<Vec<_>>())
}

/// 784 inputs, as of a picture of handwriting, and raw sums.
fn handwriting() -> Vec<u8> {
    let mut draw = Drawing::new(6_999);
    let input = Domain { shape: [1, 28, 28], lo: 0, hi: 255 };
    let reshape = Operation::Reshape { source: 0, shape: [784, 1, 1] };
    let mut spec = NetworkSpec { input, latent: None, tables: vec![], operations: vec![reshape] };
    for (source, (inputs, outputs)) in (1..).zip([(784, 24), (24, 10)]) {
        let mut linear = linear(&mut draw, &spec, source, inputs, outputs);
        linear.activation = if outputs == 10 { Activation::Raw } else { Activation::Clip { shift: 12 } };
        spec.operations.push(Operation::Linear(linear));
    }
    let network = halved_until_valid(&mut spec);
    let (inputs, outputs) = cases(&mut draw, &network, 2);
    tuple(&[Part::Bytes(network.to_bytes()), Part::List(inputs), Part::List(outputs)])
}

/// How large a drawn network may be.
struct Limits {
    widths: (i64, i64),
    layers: (i64, i64),
}

fn network(draw: &mut Drawing, limits: &Limits) -> Network {
    let (lo, hi) = range(draw);
    let width = |draw: &mut Drawing| draw.between(limits.widths.0, limits.widths.1) as u16;
    let shape = match draw.between(0, 7) {
        0 => [2, 3, draw.between(1, 4) as u16],
        _ => [width(draw), 1, 1],
    };
    let latent = (draw.between(0, 1) == 0).then(|| {
        let (lo, hi) = range(draw);
        LatentDomain { len: draw.between(1, 40) as u16, lo, hi }
    });
    let tables = (0..draw.between(0, 2)).map(|_| core::array::from_fn(|_| draw.between(0, 255) as u8)).collect();
    let mut spec = NetworkSpec { input: Domain { shape, lo, hi }, latent, tables, operations: Vec::new() };
    let mut lengths = vec![shape.iter().product::<u16>()];
    if shape[1] != 1 {
        spec.operations.push(Operation::Reshape { source: 0, shape: [lengths[0], 1, 1] });
        lengths.push(lengths[0]);
    }
    let first = lengths.len() as i64 - 1;
    let count = draw.between(limits.layers.0, limits.layers.1);
    for layer in 1..=count {
        let newest = lengths.len() as i64 - 1;
        let source = if draw.between(0, 4) == 0 { draw.between(first, newest) } else { newest } as u16;
        let inputs = lengths[usize::from(source)];
        match draw.between(0, 9) {
            0 if inputs < 60 => {
                let other = draw.between(first, newest) as u16;
                let sources = if draw.between(0, 1) == 0 { vec![source, other] } else { vec![other, source, source] };
                lengths.push(sources.iter().map(|&s| lengths[usize::from(s)]).sum());
                spec.operations.push(Operation::Concat { sources });
            }
            1 => {
                spec.operations.push(Operation::Reshape { source, shape: [inputs, 1, 1] });
                lengths.push(inputs);
            }
            _ => {
                let outputs = width(draw);
                let mut linear = linear(draw, &spec, source, inputs, outputs);
                if layer == count && draw.between(0, 2) == 0 {
                    linear.activation = Activation::Raw;
                }
                lengths.push(outputs);
                spec.operations.push(Operation::Linear(linear));
            }
        }
        halved_until_valid(&mut spec);
    }
    halved_until_valid(&mut spec)
}

fn range(draw: &mut Drawing) -> (i16, i16) {
    match draw.between(0, 4) {
        0 | 1 => (0, 255),
        2 | 3 => (-128, 127),
        _ => {
            let lo = draw.between(-128, 255);
            (lo as i16, draw.between(lo, 255) as i16)
        }
    }
}

fn linear(draw: &mut Drawing, spec: &NetworkSpec, source: u16, inputs: u16, outputs: u16) -> Linear {
    // Shifts of all sizes, most of them such that sums make use of the whole byte.
    let shift = if draw.between(0, 3) == 0 { draw.between(0, 23) } else { draw.between(3, 13) } as u8;
    let activation = match (draw.between(0, 1), spec.tables.len() as i64) {
        (0, count @ 1..) => Activation::Phase { shift, table: draw.between(0, count - 1) as u8 },
        _ => Activation::Clip { shift },
    };
    let most = [1, 20, 127][draw.between(0, 2) as usize];
    let mut weights = |count: usize| (0..count).map(|_| draw.between(-most - 1, most) as i8).collect();
    let taps = weights(usize::from(outputs) * usize::from(inputs));
    let latent_len = spec.latent.as_ref().map(|latent| usize::from(latent.len));
    let latent = latent_len.map(|len| weights(usize::from(outputs) * len)).filter(|_| draw.between(0, 1) == 0);
    let wide = if draw.between(0, 4) == 0 { (1 << 23) - 1 } else { 40_000 };
    let biases = (0..outputs).map(|_| draw.between(-wide, wide) as i32).collect();
    Linear { source, outputs, kernel: 1, stride: 1, activation, weights: taps, biases, latent }
}

/// Makes what breaks the range rule smaller: first a large bias, bit by bit, so that some sums come near to the bound.
fn halved_until_valid(spec: &mut NetworkSpec) -> Network {
    loop {
        match Network::new(spec.clone()) {
            Ok(network) => return network,
            Err(NetworkError::AccumulatorRange { operation, channel, .. }) => {
                let Operation::Linear(linear) = &mut spec.operations[operation] else { unreachable!("it has sums") };
                if linear.biases[channel].abs() > 100_000 {
                    linear.biases[channel] = linear.biases[channel] / 8 * 7;
                } else {
                    linear.weights.iter_mut().for_each(|weight| *weight /= 2);
                    linear.latent.iter_mut().flatten().for_each(|weight| *weight /= 2);
                    linear.biases.iter_mut().for_each(|bias| *bias /= 2);
                }
            }
            Err(error) => panic!("the drawing is wrong: {error}"),
        }
    }
}

/// Inputs with latents, one byte each, and what the reference makes of them.
fn cases(draw: &mut Drawing, network: &Network, count: usize) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let spec = network.spec();
    let input = spec.input.clone();
    let latent = spec.latent.clone().unwrap_or(LatentDomain { len: 0, lo: 0, hi: 0 });
    let one = |draw: &mut Drawing| {
        let input = values(draw, network.input_len(), input.lo, input.hi);
        let latent = values(draw, latent.len.into(), latent.lo, latent.hi);
        let output = reference::run(network, &input, &latent).expect("they lie in their ranges");
        let bytes = input.iter().chain(&latent).map(|&value| value as u8).collect();
        let made = if network.output_is_raw() {
            output.iter().flat_map(|&sum| (sum as i32).to_be_bytes()).collect()
        } else {
            output.iter().map(|&value| value as u8).collect()
        };
        (bytes, made)
    };
    (0..count).map(|_| one(draw)).unzip()
}

/// Values that a byte can carry: where there are negative ones, none above 127. The ends are likelier than the rest.
fn values(draw: &mut Drawing, count: usize, lo: i16, hi: i16) -> Vec<i16> {
    let hi = if lo < 0 { hi.min(127) } else { hi };
    let mut value = || match draw.between(0, 5) {
        0 => lo,
        1 => hi,
        _ => draw.between(lo.into(), hi.into()) as i16,
    };
    (0..count).map(|_| value()).collect()
}

/* MUTANTS */

fn mutants() -> Vec<u8> {
    let mut all = Vec::new();
    for seed in 0..MUTATED {
        let mut draw = Drawing::new(9_000 + seed);
        let limits = Limits { widths: (1, 5), layers: (2, 4) };
        let small = |network: &Network| network.to_bytes().len() < 400;
        let drawn = std::iter::repeat_with(|| network(&mut draw, &limits)).find(small);
        let form = drawn.expect("there is always another one").to_bytes();
        let tables = 22..22 + 256 * usize::from(form[21]);
        for at in (0..form.len()).filter(|at| !tables.contains(at)) {
            let mut mutant = form.clone();
            mutant[at] = match draw.between(0, 2) {
                0 => mutant[at].wrapping_add(1),
                1 => mutant[at] ^ 0x80,
                _ => draw.between(0, 255) as u8,
            };
            all.push(judged(&mut draw, mutant));
        }
        for len in [0, 4, 21, form.len() - 1] {
            all.push(judged(&mut draw, form[..len].to_vec()));
        }
        all.push(judged(&mut draw, [form, vec![0]].concat()));
    }
    for bias in [(1 << 23) - 1 - 127 * 255, (1 << 23) - 127 * 255, 127 * 255 - (1 << 23), 127 * 255 + 1 - (1 << 23)] {
        all.push(judged(&mut Drawing::new(1), edge(bias)));
    }
    list(&all)
}

/// A network whose sum reaches `bias` ± 127·255, written by hand since it may break the range rule.
fn edge(bias: i32) -> Vec<u8> {
    let mut form = b"VDGN\x01\x01\0\x01\0\x01\0\0\0\xff\0\0\0\0\0\0\0\0\x01\0\0\0\0\x01\0\x01\x01\0\0\0\0".to_vec();
    form.push(if bias < 0 { 129 } else { 127 });
    form.extend(bias.to_le_bytes());
    form
}

fn judged(draw: &mut Drawing, form: Vec<u8>) -> Vec<u8> {
    let network = Network::from_bytes(&form).ok();
    let (inputs, outputs) = network.as_ref().map(|network| cases(draw, network, 1)).unwrap_or_default();
    tuple(&[Part::Bytes(form), Part::Bool(network.is_some()), Part::List(inputs), Part::List(outputs)])
}

/* PIXELS */

/// Single pixels of many seeds, traits and sizes, and after every twentieth a whole row of a small picture.
fn pixels() -> Vec<u8> {
    let network = genesis();
    let sizes = [1, 2, 3, 5, 7, 8, 31, 32, 33, 64, 100, 255, 256, 333, 512, 1000, 1024, 2047, 4095, 4096];
    let mut draw = Drawing::new(5_000);
    let mut all = Vec::new();
    for number in 0..PIXELS {
        let seed = keccak256(format!("verdigris/evm/{number}").as_bytes());
        let traits = Traits {
            palette: (number % 20) as u8,
            family: (number / 4 % 12) as u8,
            symmetry: (number / 16 % 6) as u8,
            density: (number / 64 % 4) as u8,
            texture: (number / 3 % 6) as u8,
            frame: (number / 7 % 4) as u8,
            marks: (number / 5 % 4) as u8,
            epoch: if number % 3 == 0 { 0 } else { (number * 97) as u16 },
        };
        let traits = traits.to_word().expect("they are in range");
        let painter = Painter::new(&network, Stages::NEWEST.number(), &seed, &traits).expect("it is a picture model");
        let size =
            if number % 2 == 0 { sizes[number as usize / 2 % sizes.len()] } else { draw.between(1, 4096) as u16 };
        let corner = |draw: &mut Drawing| match draw.between(0, 5) {
            0 => 0,
            1 => size - 1,
            2 => size / 2,
            _ => draw.between(0, i64::from(size) - 1) as u16,
        };
        let (x, y) = (corner(&mut draw), corner(&mut draw));
        let rgb = painter.pixel(size, x, y).expect("the pixel is in the picture");
        all.push(pixel(seed, traits, size, x, y, rgb.to_vec()));
        if number % 20 == 0 {
            let size = draw.between(1, 40) as u16;
            let y = draw.between(0, i64::from(size) - 1) as u16;
            let mut row = vec![0; 3 * usize::from(size)];
            painter.rows::<3>(size, y..y + 1, &mut row).expect("the row is in the picture");
            all.push(pixel(seed, traits, size, u16::MAX, y, row));
        }
    }
    list(&all)
}

fn pixel(seed: [u8; 32], traits: [u8; 32], size: u16, x: u16, y: u16, rgb: Vec<u8>) -> Vec<u8> {
    let number = |n: u16| Part::Word(word(n.into()));
    tuple(&[Part::Word(seed), Part::Word(traits), number(size), number(x), number(y), Part::Bytes(rgb)])
}

/* ABI */

/// A member of a structure.
enum Part {
    Word([u8; 32]),
    Bool(bool),
    Bytes(Vec<u8>),
    List(Vec<Vec<u8>>),
}

fn word(number: usize) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&(number as u64).to_be_bytes());
    word
}

fn bytes(content: &[u8]) -> Vec<u8> {
    let mut out = word(content.len()).to_vec();
    out.extend(content);
    out.resize(out.len().next_multiple_of(32), 0);
    out
}

/// A structure: its heads, and behind them what they point to.
fn tuple(parts: &[Part]) -> Vec<u8> {
    let (mut heads, mut tails) = (Vec::new(), Vec::new());
    for part in parts {
        let tail = match part {
            Part::Word(word) => {
                heads.extend(word);
                continue;
            }
            Part::Bool(yes) => {
                heads.extend(word(usize::from(*yes)));
                continue;
            }
            Part::Bytes(content) => bytes(content),
            Part::List(items) => array(&items.iter().map(|item| bytes(item)).collect::<Vec<_>>()),
        };
        heads.extend(word(32 * parts.len() + tails.len()));
        tails.extend(tail);
    }
    [heads, tails].concat()
}

/// A dynamic array of dynamic items.
fn array(items: &[Vec<u8>]) -> Vec<u8> {
    let (mut heads, mut tails) = (Vec::new(), Vec::new());
    for item in items {
        heads.extend(word(32 * items.len() + tails.len()));
        tails.extend(item);
    }
    [word(items.len()).to_vec(), heads, tails].concat()
}

/// The one argument of a file.
fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [word(32).to_vec(), array(items)].concat()
}
