//! The first picture model: a pixel network whose weights are drawn, not trained.
//!
//! Every weight comes from keccak256 of a fixed text, so the network can be made again from this file alone.

use crate::{Activation, Domain, LatentDomain, Linear, Network, NetworkSpec, Operation};
use alloc::vec;
use alloc::vec::Vec;

/// exploration
pub struct Params(pub Vec<i32>);
impl Params {
    fn g(&self, i: usize, d: i32) -> i32 {
        self.0.get(i).copied().filter(|&x| x != -1).unwrap_or(d)
    }
}

/// x
pub fn genesis() -> Network {
    genesis_with(&Params(vec![]))
}

/// x
pub fn genesis_with(p: &Params) -> Network {
    let mut d = Drawer::new(p.g(0, 0) as u32);
    let mut ops = vec![Operation::Linear(first(&mut d, p)), Operation::Linear(gate(&mut d, p))];
    ops.push(Operation::Linear(warp(&mut d, p)));
    ops.push(Operation::Linear(hidden(&mut d, 3, p.g(10, 5), p.g(11, 60), p.g(12, 20), p.g(23, 0) as u8)));
    ops.push(Operation::Linear(hidden(&mut d, 4, p.g(13, 5), p.g(14, 60), p.g(15, 20), p.g(24, 0) as u8)));
    ops.push(Operation::Linear(last(&mut d, 5, p)));
    let spec = NetworkSpec {
        input: Domain { shape: [6, 1, 1], lo: -128, hi: 127 },
        latent: Some(LatentDomain { len: 24, lo: -128, hi: 127 }),
        tables: vec![wave(&SINE), wave(&PLATEAUS), wave(&core::array::from_fn(|i| (128 + 2 * i) as u8))],
        operations: ops,
    };
    Network::new(spec).expect("genesis")
}

// waves
fn first(d: &mut Drawer, p: &Params) -> Linear {
    let mut l = Parts::default();
    for o in 0..32 {
        let (a, b, c) = match o / 8 {
            0 => {
                let r = p.g(1, 34);
                (d.signed(r), d.signed(r), 0)
            }
            1 => {
                let r = p.g(2, 14);
                (d.signed(r), d.signed(r), d.away(p.g(3, 30), p.g(4, 90)))
            }
            2 => {
                let r = d.away(p.g(5, 30), p.g(6, 80));
                let s = d.signed(6);
                if o % 2 == 0 { (r, s, 0) } else { (s, r, 0) }
            }
            _ => {
                let r = p.g(7, 60);
                (d.signed(r), d.signed(r), d.signed(r / 2))
            }
        };
        for w in [a, b, c] {
            l.weights.push(w as i8);
            l.weights.push(((w + 8) >> 4) as i8);
        }
        let lat = p.g(8, 20);
        for _ in 0..20 {
            l.latent.push(d.signed(lat) as i8);
        }
        for _ in 0..4 {
            l.latent.push(0);
        }
        l.biases.push(d.signed(4096));
    }
    l.linear(0, Activation::Phase { shift: 5, table: 0 })
}

// clip gates: 8 a family
fn gate(d: &mut Drawer, p: &Params) -> Linear {
    let mut l = Parts::default();
    for o in 0..32 {
        let family = o / 8;
        let mut row = [0i32; 32];
        for _ in 0..p.g(9, 2) {
            row[family * 8 + d.below(8)] = d.away(25, 60);
        }
        row[d.below(8)] += d.signed(30);
        let sum: i32 = row.iter().sum();
        l.weights.extend(row.iter().map(|&w| w as i8));
        for _ in 0..20 {
            l.latent.push(d.signed(6) as i8);
        }
        for f in 0..4 {
            l.latent.push(if f == family { 127 } else { 0 });
        }
        l.biases.push(-128 * sum + 128 * 64 - 127 * 127);
    }
    l.linear(1, Activation::Clip { shift: 6 })
}

fn warp(d: &mut Drawer, p: &Params) -> Linear {
    let mut l = Parts::default();
    for _ in 0..32 {
        let mut row = [0i32; 32];
        for family in 0..4 {
            for _ in 0..p.g(16, 3) {
                row[family * 8 + d.below(8)] = d.signed(p.g(17, 70));
            }
        }
        l.weights.extend(row.iter().map(|&w| w as i8));
        for _ in 0..20 {
            l.latent.push(d.signed(p.g(18, 25)) as i8);
        }
        for _ in 0..4 {
            l.latent.push(d.signed(127) as i8);
        }
        l.biases.push(d.signed(16384));
    }
    l.linear(2, Activation::Phase { shift: 7, table: p.g(22, 1) as u8 })
}

fn hidden(d: &mut Drawer, source: u16, fan: i32, amp: i32, lat: i32, table: u8) -> Linear {
    let mut l = Parts::default();
    for _ in 0..32 {
        let mut row = [0i32; 32];
        for _ in 0..fan {
            row[d.below(32)] = d.signed(amp);
        }
        let sum: i32 = row.iter().sum();
        l.weights.extend(row.iter().map(|&w| w as i8));
        for _ in 0..20 {
            l.latent.push(d.signed(lat) as i8);
        }
        for _ in 0..4 {
            l.latent.push(d.signed(127) as i8);
        }
        l.biases.push(d.signed(16384) - 128 * sum);
    }
    l.linear(source, Activation::Phase { shift: 7, table })
}

fn last(d: &mut Drawer, source: u16, p: &Params) -> Linear {
    let mut l = Parts::default();
    let (fan, amp) = (p.g(19, 8), p.g(20, 50));
    let mut tone = [0i32; 32];
    for _ in 0..fan {
        tone[d.below(32)] = d.signed(amp);
    }
    let mut accent = [0i32; 32];
    for _ in 0..fan {
        accent[d.below(32)] = d.signed(p.g(21, 40));
    }
    let mut shade = tone;
    for _ in 0..2 {
        shade[d.below(32)] += d.signed(20);
    }
    let tl: Vec<i32> = (0..20).map(|_| d.signed(10)).collect();
    for (o, row) in [tone, accent, shade].iter().enumerate() {
        let sum: i32 = row.iter().sum();
        l.weights.extend(row.iter().map(|&w| w as i8));
        l.latent.extend(tl.iter().map(|&w| w as i8));
        l.latent.extend([0; 4]);
        l.biases.push(-128 * sum + [0, 0, 8192][o]);
    }
    l.linear(source, Activation::Phase { shift: 7, table: 0 })
}

#[derive(Default)]
struct Parts {
    weights: Vec<i8>,
    biases: Vec<i32>,
    latent: Vec<i8>,
}
impl Parts {
    fn linear(self, source: u16, activation: Activation) -> Linear {
        Linear {
            source,
            outputs: self.biases.len() as u16,
            kernel: 1,
            stride: 1,
            activation,
            weights: self.weights,
            biases: self.biases,
            latent: Some(self.latent),
        }
    }
}

/// A whole wave from its first quarter: mirrored, then upside down. 255 - x and not -x, so that it is exact.
fn wave(quarter: &[u8; 64]) -> [u8; 256] {
    core::array::from_fn(|i| {
        let half = i & 127;
        let value = quarter[half.min(127 - half)];
        if i < 128 { value } else { 255 - value }
    })
}

/// First quarter of `127.5 + 127.5·sin`, sampled between the grid points.
const SINE: [u8; 64] = [
    129, 132, 135, 138, 142, 145, 148, 151, 154, 157, 160, 163, 166, 169, 172, 175, 178, 181, 183, 186, 189, 192, 194,
    197, 200, 202, 205, 207, 210, 212, 214, 217, 219, 221, 223, 225, 227, 229, 231, 233, 234, 236, 238, 239, 241, 242,
    243, 245, 246, 247, 248, 249, 250, 251, 252, 252, 253, 253, 254, 254, 255, 255, 255, 255,
];
/// First quarter of `127.5 + 127.5·tanh(2.5·sin)/tanh(2.5)`: a wave that rests at its ends.
const PLATEAUS: [u8; 64] = [
    131, 139, 147, 155, 162, 169, 176, 183, 189, 195, 200, 205, 210, 214, 218, 222, 225, 228, 231, 233, 235, 237, 239,
    241, 242, 244, 245, 246, 247, 248, 248, 249, 250, 250, 251, 251, 252, 252, 252, 253, 253, 253, 253, 254, 254, 254,
    254, 254, 254, 254, 254, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
];

struct Drawer {
    seed: u32,
    count: u32,
    bytes: [u8; 32],
    at: usize,
}
impl Drawer {
    fn new(seed: u32) -> Self {
        Self { seed, count: 0, bytes: [0; 32], at: 32 }
    }
    fn byte(&mut self) -> u8 {
        if self.at == 32 {
            let mut text = b"verdigris/genesis/1".to_vec();
            text.extend(self.seed.to_be_bytes());
            text.extend(self.count.to_be_bytes());
            self.bytes = crate::keccak256(&text);
            self.count += 1;
            self.at = 0;
        }
        self.at += 1;
        self.bytes[self.at - 1]
    }
    fn below(&mut self, n: usize) -> usize {
        let raw = u64::from(u32::from_be_bytes([0, self.byte(), self.byte(), self.byte()]));
        ((raw * n as u64) >> 24) as usize
    }
    fn signed(&mut self, most: i32) -> i32 {
        self.below(2 * most as usize + 1) as i32 - most
    }
    fn away(&mut self, least: i32, most: i32) -> i32 {
        let m = least + self.below((most - least + 1) as usize) as i32;
        if self.byte() & 1 == 0 { m } else { -m }
    }
}
