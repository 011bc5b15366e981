//! Random exact networks, all sizes small, drawn from a seed.

use verdigris_model::{Activation, Domain, LatentDomain, Linear, Network, NetworkSpec, Operation};

/// A source of numbers (SplitMix64, Steele et al. 2014).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn within(&mut self, lo: i16, hi: i16) -> i16 {
        lo + self.below((hi - lo) as usize + 1) as i16
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// A network of vectors only.
pub fn vectors(seed: u64) -> Network {
    draw(&mut Dice(seed), false)
}

/// A network with pictures in it.
pub fn pictures(seed: u64) -> Network {
    draw(&mut Dice(seed), true)
}

/// An input and a latent in their ranges; extremes are likely.
pub fn inputs(network: &Network, seed: u64) -> (Vec<i16>, Vec<i16>) {
    let mut dice = Dice(seed ^ 0x5eed);
    let mut values = |count: usize, lo: i16, hi: i16| -> Vec<i16> {
        let value = |dice: &mut Dice| match dice.below(4) {
            0 => lo,
            1 => hi,
            _ => dice.within(lo, hi),
        };
        (0..count).map(|_| value(&mut dice)).collect()
    };
    let spec = network.spec();
    let input = values(network.input_len(), spec.input.lo, spec.input.hi);
    let latent = spec.latent.as_ref().map_or(vec![], |l| values(l.len.into(), l.lo, l.hi));
    (input, latent)
}

fn draw(dice: &mut Dice, pictures: bool) -> Network {
    for _ in 0..1000 {
        if let Ok(network) = Network::new(spec(dice, pictures)) {
            return network;
        }
    }
    panic!("no network fits its ranges")
}

fn spec(dice: &mut Dice, pictures: bool) -> NetworkSpec {
    let side = |dice: &mut Dice| if pictures { dice.below(5) as u16 + 1 } else { 1 };
    let shape = [dice.below(6) as u16 + 1, side(dice), side(dice)];
    let (lo, hi) = [(0, 255), (-128, 127), (-5, 9), (3, 3)][dice.below(4)];
    let latent = (!dice.one_in(3)).then(|| LatentDomain { len: dice.below(5) as u16 + 1, lo: -128, hi: 127 });
    let mut tables: Vec<[u8; 256]> = (0..dice.below(4)).map(|_| std::array::from_fn(|_| dice.next() as u8)).collect();
    if tables.len() > 1 && dice.one_in(3) {
        tables[1] = tables[0];
    }
    let mut spec = NetworkSpec { input: Domain { shape, lo, hi }, latent, tables, operations: vec![] };
    let mut shapes = vec![shape];
    for _ in 0..dice.below(7) + 1 {
        let (operation, shape) = operation(dice, &spec, &shapes, pictures);
        spec.operations.push(operation);
        shapes.push(shape);
    }
    if dice.one_in(3)
        && let Some(Operation::Linear(linear)) = spec.operations.last_mut()
    {
        linear.activation = Activation::Raw;
    }
    without_unused(spec)
}

fn operation(dice: &mut Dice, spec: &NetworkSpec, shapes: &[[u16; 3]], pictures: bool) -> (Operation, [u16; 3]) {
    let recent = shapes.len() - 1 - dice.below(shapes.len().min(2));
    let (source, [c, h, w]) = (recent as u16, shapes[recent]);
    match dice.below(if pictures { 7 } else { 5 }) {
        6 if h < 12 && w < 12 => (Operation::Resize { source }, [c, 2 * h, 2 * w]),
        5 if h * w > 1 => {
            let shape = [[c * h, w, 1], [c * h * w, 1, 1], [1, c, h * w]][dice.below(3)];
            if shape == [c, h, w] {
                linear(dice, spec, source, [c, h, w], pictures)
            } else {
                (Operation::Reshape { source, shape }, shape)
            }
        }
        4 => {
            let same: Vec<u16> = (0..shapes.len() as u16).filter(|&v| shapes[usize::from(v)][1..] == [h, w]).collect();
            let mut sources = vec![source];
            sources.extend((0..dice.below(2) + 1).map(|_| same[dice.below(same.len())]));
            let channels = sources.iter().map(|&s| shapes[usize::from(s)][0]).sum();
            (Operation::Concat { sources }, [channels, h, w])
        }
        _ => linear(dice, spec, source, [c, h, w], pictures),
    }
}

fn linear(
    dice: &mut Dice,
    spec: &NetworkSpec,
    source: u16,
    [c, h, w]: [u16; 3],
    pictures: bool,
) -> (Operation, [u16; 3]) {
    let (kernel, stride): (u16, u16) = if pictures { ([1, 3][dice.below(2)], [1, 2][dice.below(2)]) } else { (1, 1) };
    let outputs = dice.below(7) as u16 + 1;
    let largest = [1, 12, 127][dice.below(3)];
    let mut weights = |count: usize| -> Vec<i8> {
        (0..count).map(|_| dice.within(-largest - i16::from(largest == 127), largest) as i8).collect()
    };
    let each = weights(usize::from(outputs * c) * usize::from(kernel * kernel));
    let latent = spec.latent.as_ref().map(|l| weights(usize::from(outputs * l.len)));
    let biases = (0..outputs).map(|_| (dice.next() >> dice.below(40)) as i32 >> (8 + dice.below(12))).collect();
    let shift = dice.below(14) as u8;
    let activation = match spec.tables.len() {
        count if count > 0 && dice.one_in(2) => Activation::Phase { shift, table: dice.below(count) as u8 },
        _ => Activation::Clip { shift },
    };
    let latent = latent.filter(|_| dice.one_in(2));
    let shape = [outputs, h.div_ceil(stride), w.div_ceil(stride)];
    let linear = Linear {
        source,
        outputs,
        kernel: kernel as u8,
        stride: stride as u8,
        activation,
        weights: each,
        biases,
        latent,
    };
    (Operation::Linear(linear), shape)
}

/// Drops operations that do not reach the output, since ONNX has no place for them.
fn without_unused(mut spec: NetworkSpec) -> NetworkSpec {
    let sources = |operation: &Operation| match operation {
        Operation::Linear(Linear { source, .. }) | Operation::Resize { source } | Operation::Reshape { source, .. } => {
            vec![*source]
        }
        Operation::Concat { sources } => sources.clone(),
    };
    let mut used = vec![false; spec.operations.len() + 1];
    used[spec.operations.len()] = true;
    for (index, operation) in spec.operations.iter().enumerate().rev() {
        if used[index + 1] {
            sources(operation).iter().for_each(|&source| used[usize::from(source)] = true);
        }
    }
    let mut number = vec![0u16];
    for &used in &used[1..] {
        let last = number.iter().max().copied().unwrap_or(0);
        number.push(if used { last + 1 } else { 0 });
    }
    let mut keep = used[1..].iter();
    spec.operations.retain(|_| keep.next() == Some(&true));
    for operation in &mut spec.operations {
        match operation {
            Operation::Linear(Linear { source, .. })
            | Operation::Resize { source }
            | Operation::Reshape { source, .. } => *source = number[usize::from(*source)],
            Operation::Concat { sources } => sources.iter_mut().for_each(|s| *s = number[usize::from(*s)]),
        }
    }
    spec
}
