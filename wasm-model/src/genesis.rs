//! The first picture model: a pixel network whose weights are drawn, not trained.
//!
//! Every weight comes from keccak256 of a fixed text, so the network can be made again from this file alone. What was
//! designed is where weights may stand and how large they may be:
//!
//! 1. *waves* (phase): eight a family: long swells, rings, an axis-parallel lattice, slanted ripples;
//! 2. *gates* (clip): eight a family, pushed below zero by the switches of the others, so that a picture is made
//!    of one family's waves;
//! 3. *folds* (phase): a few gates each, which bend the waves into each other;
//! 4. and 5. *facets* (clip): a few of the former each, cut off at both ends into plains with soft edges;
//! 6. the fields (phase): tone and shade are the same wave a quarter turn apart, so shade is light on the folds of
//!    tone; accent rests at its lowest and rises only where it is far from the mean.
//!
//! Sums are centred: a u8 activation has mean 128, so each bias takes back 128 times the sum of its weights.

use crate::{Activation, Domain, LatentDomain, Linear, Network, NetworkSpec, Operation};
use alloc::vec;
use alloc::vec::Vec;

/// Neurons of each layer but the last.
const WIDTH: usize = 32;
/// Switches among the latents, one for each family that there is.
const SWITCHES: usize = 12;
/// Families that are drawn: three switches each.
const FAMILIES: usize = 4;
/// Neurons of the first two layers that belong to one family.
const PER_FAMILY: usize = WIDTH / FAMILIES;
/// Which of the drawn networks was chosen, after looking at several.
const NUMBER: u32 = 1;

/// Draws the network.
pub fn genesis() -> Network {
    let mut draw = Draw { block: 0, bytes: [0; 32], at: 32 };
    let layers = [
        waves(&mut draw),
        gates(&mut draw),
        folds(&mut draw),
        facets(&mut draw, 33),
        facets(&mut draw, 36),
        fields(&mut draw),
    ];
    let operations = (0..).zip(layers).map(|(source, layer)| Operation::Linear(layer.into_linear(source)));
    let spec = NetworkSpec {
        input: Domain { shape: [6, 1, 1], lo: -128, hi: 127 },
        latent: Some(LatentDomain { len: 32, lo: -128, hi: 127 }),
        tables: vec![sine()],
        operations: operations.collect(),
    };
    Network::new(spec).expect("the same network every time, and a test makes it")
}

fn waves(draw: &mut Draw) -> Layer {
    // 32 is one wave across the whole picture.
    let mut layer = Layer::new(Activation::Phase { shift: 5, table: 0 });
    for neuron in 0..WIDTH {
        let [u, v, r] = match neuron / PER_FAMILY {
            0 => [draw.within(60), draw.within(60), 0],
            1 => [draw.within(24), draw.within(24), draw.between(30, 90)],
            2 => {
                let (along, across) = (draw.between(30, 80), draw.within(6));
                if neuron % 2 == 0 { [along, across, 0] } else { [across, along, 0] }
            }
            _ => [draw.within(100), draw.within(100), draw.within(50)],
        };
        // Each coordinate comes as its sixteenth and the rest.
        let weights = [u, v, r].into_iter().flat_map(|weight| [weight, (weight + 8) >> 4]).collect();
        let latents = draw.latents(20);
        let bias = draw.within(4096);
        layer.push(weights, latents, [0; SWITCHES], bias);
    }
    layer
}

fn gates(draw: &mut Draw) -> Layer {
    // Weights are so small that another family's switch keeps a gate shut whatever the waves and latents are.
    let mut layer = Layer::new(Activation::Clip { shift: 5 });
    for neuron in 0..WIDTH {
        let family = neuron / PER_FAMILY;
        let mut weights = vec![0; WIDTH];
        for _ in 0..2 {
            weights[family * PER_FAMILY + draw.below(PER_FAMILY)] = draw.between(12, 30);
        }
        weights[draw.below(PER_FAMILY)] += draw.within(15);
        let latents = draw.latents(2);
        // The family's own switches (127) lift what the bias takes away.
        let switches = core::array::from_fn(|switch| if switch % FAMILIES == family { 127 } else { 0 });
        let bias = 128 * 32 - 127 * 127 - centre(&weights);
        layer.push(weights, latents, switches, bias);
    }
    layer
}

fn folds(draw: &mut Draw) -> Layer {
    let mut layer = Layer::new(Activation::Phase { shift: 7, table: 0 });
    for _ in 0..WIDTH {
        let mut weights = vec![0; WIDTH];
        for family in 0..FAMILIES {
            for _ in 0..3 {
                weights[family * PER_FAMILY + draw.below(PER_FAMILY)] = draw.within(62);
            }
        }
        let latents = draw.latents(25);
        let switches = core::array::from_fn(|_| draw.within(127));
        let bias = draw.within(16384);
        layer.push(weights, latents, switches, bias);
    }
    layer
}

fn facets(draw: &mut Draw, most: i32) -> Layer {
    let mut layer = Layer::new(Activation::Clip { shift: 5 });
    for _ in 0..WIDTH {
        let weights = draw.few(6, most);
        let latents = draw.latents(10);
        let switches = core::array::from_fn(|_| draw.within(10));
        let bias = draw.within(2048) + 128 * 32 - centre(&weights);
        layer.push(weights, latents, switches, bias);
    }
    layer
}

fn fields(draw: &mut Draw) -> Layer {
    let mut layer = Layer::new(Activation::Phase { shift: 7, table: 0 });
    let tone = draw.few(8, 96);
    let accent = draw.few(8, 48);
    let mut shade = tone.clone();
    for _ in 0..2 {
        shade[draw.below(WIDTH)] += draw.within(20);
    }
    let latents = draw.latents(10);
    // A turn is 256 << 7: accent starts three quarters round, at its lowest, and shade a quarter after tone.
    for (weights, phase) in [(tone, 0), (accent, -(64 << 7)), (shade, 64 << 7)] {
        let bias = phase - centre(&weights);
        layer.push(weights, latents.clone(), [0; SWITCHES], bias);
    }
    layer
}

/// What activations of mean 128 add to a sum.
fn centre(weights: &[i32]) -> i32 {
    128 * weights.iter().sum::<i32>()
}

/// First quarter of `127.5 + 127.5·sin`, sampled between the grid points.
#[rustfmt::skip]
const SINE: [u8; 64] = [
    129, 132, 135, 138, 142, 145, 148, 151, 154, 157, 160, 163, 166, 169, 172, 175,
    178, 181, 183, 186, 189, 192, 194, 197, 200, 202, 205, 207, 210, 212, 214, 217,
    219, 221, 223, 225, 227, 229, 231, 233, 234, 236, 238, 239, 241, 242, 243, 245,
    246, 247, 248, 249, 250, 251, 252, 252, 253, 253, 254, 254, 255, 255, 255, 255,
];

/// A whole wave from its first quarter: mirrored, then upside down (255 - x and not -x, so that it is exact).
fn sine() -> [u8; 256] {
    core::array::from_fn(|i| {
        let half = i & 127;
        let value = SINE[half.min(127 - half)];
        if i < 128 { value } else { 255 - value }
    })
}

/// A linear operation on the way.
struct Layer {
    activation: Activation,
    weights: Vec<i8>,
    latents: Vec<i8>,
    biases: Vec<i32>,
}

impl Layer {
    fn new(activation: Activation) -> Self {
        Self { activation, weights: Vec::new(), latents: Vec::new(), biases: Vec::new() }
    }

    /// Adds a neuron. All weights were drawn within the range of i8.
    fn push(&mut self, weights: Vec<i32>, latents: Vec<i32>, switches: [i32; SWITCHES], bias: i32) {
        self.weights.extend(weights.into_iter().map(|weight| weight as i8));
        self.latents.extend(latents.into_iter().chain(switches).map(|weight| weight as i8));
        self.biases.push(bias);
    }

    fn into_linear(self, source: u16) -> Linear {
        Linear {
            source,
            outputs: self.biases.len() as u16,
            kernel: 1,
            stride: 1,
            activation: self.activation,
            weights: self.weights,
            biases: self.biases,
            latent: Some(self.latents),
        }
    }
}

/// A stream of choices from keccak256("verdigris/genesis/1" ‖ number ‖ block), both as big-endian u32.
struct Draw {
    block: u32,
    bytes: [u8; 32],
    at: usize,
}

impl Draw {
    fn byte(&mut self) -> u8 {
        if self.at == self.bytes.len() {
            let text = [b"verdigris/genesis/1".as_slice(), &NUMBER.to_be_bytes(), &self.block.to_be_bytes()].concat();
            self.bytes = crate::keccak256(&text);
            self.block += 1;
            self.at = 0;
        }
        self.at += 1;
        self.bytes[self.at - 1]
    }

    /// 0 to `count` - 1, from three bytes.
    fn below(&mut self, count: usize) -> usize {
        let raw = u64::from(u32::from_be_bytes([0, self.byte(), self.byte(), self.byte()]));
        ((raw * count as u64) >> 24) as usize
    }

    /// -`most` to `most`.
    fn within(&mut self, most: i32) -> i32 {
        self.below(2 * most as usize + 1) as i32 - most
    }

    /// `least` to `most`, with either sign.
    fn between(&mut self, least: i32, most: i32) -> i32 {
        let size = least + self.below((most - least + 1) as usize) as i32;
        if self.byte() & 1 == 0 { size } else { -size }
    }

    /// Weights of a layer's row, up to `count` of them not zero.
    fn few(&mut self, count: usize, most: i32) -> Vec<i32> {
        let mut weights = vec![0; WIDTH];
        for _ in 0..count {
            weights[self.below(WIDTH)] = self.within(most);
        }
        weights
    }

    fn latents(&mut self, most: i32) -> Vec<i32> {
        (0..20).map(|_| self.within(most)).collect()
    }
}
