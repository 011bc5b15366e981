//! Draws networks and inputs at random, for tests and for the fixed vectors: every operation, shape and activation.

use verdigris_model::{
    Activation, Domain, LatentDomain, Linear, Network, NetworkError, NetworkSpec, Operation, network::MAX_ELEMENTS,
};

/// What a network should be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any operations on any shapes.
    Any,
    /// All values are vectors.
    Vector,
}

/// A source of random choices: splitmix64, so that a seed means the same everywhere and for ever.
pub struct Drawing(u64);

impl Drawing {
    /// Starts at a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let count = (most - least + 1) as u64;
        least + (self.next() % count) as i64
    }

    fn one_in(&mut self, count: i64) -> bool {
        self.between(1, count) == 1
    }

    /// A declared range: of u8, of i8, or anything else that is allowed.
    fn range(&mut self) -> (i16, i16) {
        match self.between(0, 3) {
            0 => (0, 255),
            1 => (-128, 127),
            2 => (-128, 255),
            _ => {
                let lo = self.between(-128, 255);
                (lo as i16, self.between(lo, 255) as i16)
            }
        }
    }

    /// A valid network. Weights that break the range rule are halved until they don't.
    pub fn network(&mut self, kind: Kind) -> Network {
        let side = if kind == Kind::Vector { 1 } else { 9 };
        let shape = [self.between(1, 9) as u16, self.between(1, side) as u16, self.between(1, side) as u16];
        let (lo, hi) = self.range();
        let latent = self.one_in(2).then(|| {
            let (lo, hi) = self.range();
            LatentDomain { len: self.between(1, 30) as u16, lo, hi }
        });
        let tables = (0..self.between(0, 3)).map(|_| self.table()).collect();
        let input = Domain { shape, lo, hi };
        let mut spec = NetworkSpec { input, latent, tables, operations: Vec::new() };
        let mut shapes = vec![shape];
        let count = self.between(1, 7);
        for index in 1..=count {
            let operation = self.operation(&spec, &shapes, kind, index == count);
            spec.operations.push(operation);
            let network = shrink_until_valid(&mut spec);
            shapes = network.shapes().to_vec();
        }
        shrink_until_valid(&mut spec)
    }

    /// An input that the network takes.
    pub fn input(&mut self, network: &Network) -> Vec<i16> {
        let domain = network.spec().input.clone();
        (0..network.input_len()).map(|_| self.value(domain.lo, domain.hi)).collect()
    }

    /// A latent that the network takes.
    pub fn latent(&mut self, network: &Network) -> Vec<i16> {
        let (lo, hi) = network.spec().latent.as_ref().map_or((0, 0), |latent| (latent.lo, latent.hi));
        (0..network.latent_len()).map(|_| self.value(lo, hi)).collect()
    }

    /// Extremes are likelier than the rest.
    fn value(&mut self, lo: i16, hi: i16) -> i16 {
        match self.between(0, 5) {
            0 => lo,
            1 => hi,
            _ => self.between(lo.into(), hi.into()) as i16,
        }
    }

    /// A table of noise, or a wave with the symmetry that kernels make use of.
    fn table(&mut self) -> [u8; 256] {
        if self.one_in(2) {
            return core::array::from_fn(|_| self.next() as u8);
        }
        let quarter: [u8; 64] = core::array::from_fn(|_| self.next() as u8);
        core::array::from_fn(|i| {
            let half = i % 128;
            let value = quarter[half.min(127 - half)];
            if i < 128 { value } else { 255 - value }
        })
    }

    fn operation(&mut self, spec: &NetworkSpec, shapes: &[[u16; 3]], kind: Kind, last: bool) -> Operation {
        // Mostly the newest value, so that networks are deep.
        let source = |drawing: &mut Self| match drawing.one_in(3) {
            true => drawing.between(0, shapes.len() as i64 - 1) as u16,
            false => shapes.len() as u16 - 1,
        };
        let from = source(self);
        let [c, h, w] = shapes[usize::from(from)];
        match self.between(0, 9) {
            0 if kind == Kind::Any && h < 12 && w < 12 => Operation::Resize { source: from },
            1 | 2 if c < 40 => {
                let fits = |value: &usize| shapes[*value][1..] == [h, w] && shapes[*value][0] < 40;
                let fitting: Vec<_> = (0..shapes.len()).filter(fits).collect();
                let count = self.between(2, 4);
                let pick = |_| fitting[self.between(0, fitting.len() as i64 - 1) as usize] as u16;
                Operation::Concat { sources: (0..count).map(pick).collect() }
            }
            3 => Operation::Reshape { source: from, shape: self.reshaped([c, h, w], kind) },
            _ => Operation::Linear(self.linear(spec, from, c, last)),
        }
    }

    fn reshaped(&mut self, [c, h, w]: [u16; 3], kind: Kind) -> [u16; 3] {
        let sides = match self.between(0, 3) {
            _ if kind == Kind::Vector => [c, h, w],
            0 => [u64::from(c) * u64::from(h), w.into(), 1].map(|n| n as u16),
            1 => [w, c, h],
            2 => [h, w, c],
            _ => [1, c, h * w],
        };
        debug_assert!(sides.iter().map(|&n| usize::from(n)).product::<usize>() <= MAX_ELEMENTS);
        sides
    }

    fn linear(&mut self, spec: &NetworkSpec, source: u16, channels: u16, last: bool) -> Linear {
        let outputs = self.between(1, 19) as u16;
        let kernel: u8 = if self.one_in(2) { 3 } else { 1 };
        let stride = if self.one_in(4) { 2 } else { 1 };
        let shift = if self.one_in(5) { self.between(0, 23) } else { self.between(4, 12) } as u8;
        let activation = match (self.between(0, 2), last, spec.tables.len()) {
            (0, true, _) => Activation::Raw,
            (1, _, count @ 1..) => Activation::Phase { shift, table: self.between(0, count as i64 - 1) as u8 },
            _ => Activation::Clip { shift },
        };
        let most = [1, 20, 127][self.between(0, 2) as usize];
        let mut weights = |count: usize| (0..count).map(|_| self.between(-most - 1, most) as i8).collect();
        let count = usize::from(outputs) * usize::from(channels) * usize::from(kernel) * usize::from(kernel);
        let taps = weights(count);
        let latent_len = spec.latent.as_ref().map(|latent| usize::from(latent.len));
        let latent = latent_len.map(|len| weights(usize::from(outputs) * len)).filter(|_| self.one_in(2));
        let wide = if self.one_in(5) { (1 << 23) - 1 } else { 40_000 };
        let biases = (0..outputs).map(|_| self.between(-wide, wide) as i32).collect();
        Linear { source, outputs, kernel, stride, activation, weights: taps, biases, latent }
    }
}

fn shrink_until_valid(spec: &mut NetworkSpec) -> Network {
    loop {
        match Network::new(spec.clone()) {
            Ok(network) => return network,
            Err(NetworkError::AccumulatorRange { operation, .. }) => {
                let Operation::Linear(linear) = &mut spec.operations[operation] else {
                    unreachable!("only linear operations have sums")
                };
                linear.weights.iter_mut().for_each(|weight| *weight /= 2);
                linear.latent.iter_mut().flatten().for_each(|weight| *weight /= 2);
                linear.biases.iter_mut().for_each(|bias| *bias /= 2);
            }
            Err(error) => panic!("the drawing is wrong: {error}"),
        }
    }
}
