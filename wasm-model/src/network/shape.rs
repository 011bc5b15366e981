//! Checks that a network's operations fit together, and counts what running them costs.

use super::{
    Activation, Linear, MAX_ELEMENTS, MAX_LIVE_ELEMENTS, MAX_OPERATIONS, NetworkError, NetworkSpec, Operation,
};
use alloc::vec;
use alloc::vec::Vec;

/// What one run of a network costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Weights times positions, over all linear operations (latent weights not counted).
    pub multiply_adds: u64,
    /// Elements of all values that the operations make.
    pub elements: u64,
    /// Operations.
    pub operations: u64,
    /// The most elements that are needed at the same time.
    pub live_elements: usize,
}

impl Cost {
    /// How long a run takes, in multiply-adds of a fast kernel: an element that is made costs about four, and to begin
    /// an operation about 64 (measured with networks of very many very small layers).
    pub fn steps(&self) -> u64 {
        let others = self.elements.saturating_mul(4).saturating_add(self.operations.saturating_mul(64));
        self.multiply_adds.saturating_add(others)
    }
}

/// Channels × height × width; never overflows where `usize` has 32 bits only if the shape was checked.
pub(crate) fn elements(shape: [u16; 3]) -> usize {
    shape.iter().map(|&n| usize::from(n)).product()
}

/// The values that an operation reads.
pub(crate) fn sources(operation: &Operation) -> &[u16] {
    match operation {
        Operation::Linear(Linear { source, .. }) | Operation::Resize { source } | Operation::Reshape { source, .. } => {
            core::slice::from_ref(source)
        }
        Operation::Concat { sources } => sources,
    }
}

/// For each value, the last operation that reads it (its own index for a value that nobody reads).
pub(crate) fn last_uses(spec: &NetworkSpec) -> Vec<usize> {
    let mut last = vec![0; spec.operations.len() + 1];
    for (index, operation) in spec.operations.iter().enumerate() {
        last[index + 1] = index;
        for &source in sources(operation) {
            last[usize::from(source)] = index;
        }
    }
    last
}

/// Shapes of all values, and the cost of a run.
pub(super) fn check(spec: &NetworkSpec) -> Result<(Vec<[u16; 3]>, Cost), NetworkError> {
    check_domains(spec)?;
    let count = spec.operations.len();
    if count == 0 || count > MAX_OPERATIONS {
        return Err(NetworkError::OperationCount { found: count, limit: MAX_OPERATIONS });
    }
    if spec.tables.len() > 255 {
        return Err(NetworkError::TableCount { found: spec.tables.len() });
    }
    let mut shapes = Vec::with_capacity(count + 1);
    shapes.push(spec.input.shape);
    let (mut multiply_adds, mut made) = (0u64, 0u64);
    for (index, operation) in spec.operations.iter().enumerate() {
        if sources(operation).iter().any(|&source| usize::from(source) > index) {
            return Err(NetworkError::Rule { operation: index, rule: "it may read earlier values only" });
        }
        let shape = output_shape(spec, index, operation, &shapes)?;
        shapes.push(within_limit(index, shape)?);
        made += shape.iter().product::<usize>() as u64;
        if let Operation::Linear(linear) = operation {
            let positions = shape[1] as u64 * shape[2] as u64;
            multiply_adds = multiply_adds.saturating_add(linear.weights.len() as u64 * positions);
        }
    }
    let live_elements = check_live(spec, &shapes)?;
    Ok((shapes, Cost { multiply_adds, elements: made, operations: count as u64, live_elements }))
}

fn check_domains(spec: &NetworkSpec) -> Result<(), NetworkError> {
    let input = &spec.input;
    check_range("input", input.lo, input.hi)?;
    if input.shape.contains(&0) {
        return Err(NetworkError::DomainEmpty { what: "input" });
    }
    let wide = input.shape.map(u64::from);
    if wide.iter().product::<u64>() > MAX_ELEMENTS as u64 {
        let found = usize::try_from(wide.iter().product::<u64>()).unwrap_or(usize::MAX);
        return Err(NetworkError::TooLarge { operation: 0, what: "the input", found, limit: MAX_ELEMENTS });
    }
    if let Some(latent) = &spec.latent {
        check_range("latent", latent.lo, latent.hi)?;
        if latent.len == 0 {
            return Err(NetworkError::DomainEmpty { what: "latent" });
        }
    }
    Ok(())
}

fn check_range(what: &'static str, lo: i16, hi: i16) -> Result<(), NetworkError> {
    if lo > hi || lo < -128 || hi > 255 {
        return Err(NetworkError::DomainRange { what, lo, hi });
    }
    Ok(())
}

/// Shape before it is known to fit the limits: channels, height, width.
fn output_shape(
    spec: &NetworkSpec,
    index: usize,
    operation: &Operation,
    shapes: &[[u16; 3]],
) -> Result<[usize; 3], NetworkError> {
    let rule = |rule| Err(NetworkError::Rule { operation: index, rule });
    let shape_of = |source: u16| shapes[usize::from(source)].map(usize::from);
    match operation {
        Operation::Linear(linear) => linear_shape(spec, index, linear, shape_of(linear.source)),
        Operation::Resize { source } => {
            let [c, h, w] = shape_of(*source);
            Ok([c, 2 * h, 2 * w])
        }
        Operation::Concat { sources } => {
            if !(2..=255).contains(&sources.len()) {
                return rule("a concat joins 2 to 255 values");
            }
            let [_, h, w] = shape_of(sources[0]);
            if sources.iter().any(|&s| shape_of(s)[1..] != [h, w]) {
                return rule("a concat's values must have equal heights and widths");
            }
            Ok([sources.iter().map(|&s| shape_of(s)[0]).sum(), h, w])
        }
        Operation::Reshape { source, shape } => {
            let count: u64 = shape.iter().map(|&n| u64::from(n)).product();
            if count != elements(shapes[usize::from(*source)]) as u64 {
                return rule("a reshape must keep the number of elements");
            }
            Ok(shape.map(usize::from))
        }
    }
}

fn linear_shape(
    spec: &NetworkSpec,
    index: usize,
    linear: &Linear,
    [c, h, w]: [usize; 3],
) -> Result<[usize; 3], NetworkError> {
    let rule = |rule| Err(NetworkError::Rule { operation: index, rule });
    let length = |what, expected: usize, found: usize| {
        if expected == found {
            return Ok(());
        }
        Err(NetworkError::Length { operation: index, what, expected, found })
    };
    match (linear.kernel, linear.stride) {
        (1 | 3, 1 | 2) => {}
        (1 | 3, _) => return rule("the stride must be 1 or 2"),
        _ => return rule("the kernel must be 1 or 3"),
    }
    if linear.outputs == 0 {
        return rule("a linear operation needs at least one output");
    }
    match linear.activation {
        Activation::Raw if index + 1 != spec.operations.len() => {
            return rule("raw sums are allowed on the last operation only");
        }
        Activation::Clip { shift } | Activation::Phase { shift, .. } if shift > 23 => {
            return rule("the shift must be 0 to 23");
        }
        Activation::Phase { table, .. } if usize::from(table) >= spec.tables.len() => {
            return rule("its table does not exist");
        }
        _ => {}
    }
    let outputs = usize::from(linear.outputs);
    let taps = usize::from(linear.kernel).pow(2);
    length("weights", outputs.saturating_mul(c).saturating_mul(taps), linear.weights.len())?;
    length("biases", outputs, linear.biases.len())?;
    match (&linear.latent, &spec.latent) {
        (Some(_), None) => return rule("it has latent weights, but the network has no latent"),
        (Some(weights), Some(latent)) => {
            length("latent weights", outputs.saturating_mul(usize::from(latent.len)), weights.len())?;
        }
        (None, _) => {}
    }
    let stride = usize::from(linear.stride);
    Ok([outputs, h.div_ceil(stride), w.div_ceil(stride)])
}

fn within_limit(index: usize, shape: [usize; 3]) -> Result<[u16; 3], NetworkError> {
    let found = shape.iter().try_fold(1usize, |n, &side| n.checked_mul(side)).unwrap_or(usize::MAX);
    if found > MAX_ELEMENTS {
        return Err(NetworkError::TooLarge { operation: index, what: "its value", found, limit: MAX_ELEMENTS });
    }
    let rule = "a value's channels, height and width must each be 1 to 65535";
    let mut sides = [0; 3];
    for (side, wide) in sides.iter_mut().zip(shape) {
        *side = u16::try_from(wide).map_err(|_| NetworkError::Rule { operation: index, rule })?;
        if *side == 0 {
            return Err(NetworkError::Rule { operation: index, rule });
        }
    }
    Ok(sides)
}

fn check_live(spec: &NetworkSpec, shapes: &[[u16; 3]]) -> Result<usize, NetworkError> {
    let mut ends = vec![Vec::new(); spec.operations.len()];
    for (value, last) in last_uses(spec).into_iter().enumerate() {
        ends[last].push(value);
    }
    let mut live = elements(shapes[0]);
    let mut most = live;
    for (index, ended) in ends.iter().enumerate() {
        live += elements(shapes[index + 1]);
        most = most.max(live);
        if live > MAX_LIVE_ELEMENTS {
            let what = "the values needed at that point";
            return Err(NetworkError::TooLarge { operation: index, what, found: live, limit: MAX_LIVE_ELEMENTS });
        }
        live -= ended.iter().map(|&value| elements(shapes[value])).sum::<usize>();
    }
    Ok(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Domain, LatentDomain, Network};

    fn linear(source: u16, channels: usize, outputs: u16, kernel: u8, stride: u8) -> Linear {
        Linear {
            source,
            outputs,
            kernel,
            stride,
            activation: Activation::Clip { shift: 7 },
            weights: vec![1; usize::from(outputs) * channels * usize::from(kernel) * usize::from(kernel)],
            biases: vec![0; outputs.into()],
            latent: None,
        }
    }

    fn spec(shape: [u16; 3], operations: Vec<Operation>) -> NetworkSpec {
        NetworkSpec { input: Domain { shape, lo: 0, hi: 255 }, latent: None, tables: vec![], operations }
    }

    fn refusal(spec: NetworkSpec) -> String {
        Network::new(spec).expect_err("it breaks a rule").to_string()
    }

    #[test]
    fn shapes_follow_from_operations() {
        let operations = vec![
            Operation::Linear(linear(0, 3, 4, 3, 2)),
            Operation::Linear(linear(1, 4, 5, 1, 1)),
            Operation::Resize { source: 2 },
            Operation::Concat { sources: vec![3, 3] },
            Operation::Reshape { source: 4, shape: [10 * 6 * 4, 1, 1] },
        ];
        let network = Network::new(spec([3, 5, 4], operations)).expect("it is valid");
        let expected = [[3, 5, 4], [4, 3, 2], [5, 3, 2], [5, 6, 4], [10, 6, 4], [240, 1, 1]];
        assert_eq!(network.shapes(), expected);
        assert_eq!(network.output_len(), 240);
        assert_eq!(network.cost().multiply_adds, 4 * 27 * 6 + 5 * 4 * 6);
        // While the concat runs: its source and its result. While the reshape runs: 240 twice.
        assert_eq!(network.cost().live_elements, 480);
    }

    #[test]
    fn an_operation_may_read_earlier_values_only() {
        let text = refusal(spec([1, 1, 1], vec![Operation::Resize { source: 1 }]));
        assert_eq!(text, "operation 0: it may read earlier values only");
    }

    #[test]
    fn raw_sums_are_refused_in_the_middle() {
        let mut first = linear(0, 1, 1, 1, 1);
        first.activation = Activation::Raw;
        let operations = vec![Operation::Linear(first), Operation::Resize { source: 1 }];
        assert_eq!(
            refusal(spec([1, 1, 1], operations)),
            "operation 0: raw sums are allowed on the last operation only"
        );
    }

    #[test]
    fn kernels_strides_shifts_and_tables_are_checked() {
        let with = |change: fn(&mut Linear)| {
            let mut linear = linear(0, 1, 1, 1, 1);
            change(&mut linear);
            refusal(spec([1, 1, 1], vec![Operation::Linear(linear)]))
        };
        assert!(with(|l| l.kernel = 2).contains("kernel must be 1 or 3"));
        assert!(with(|l| l.stride = 0).contains("stride must be 1 or 2"));
        assert!(with(|l| l.stride = 3).contains("stride must be 1 or 2"));
        assert!(with(|l| l.activation = Activation::Clip { shift: 24 }).contains("shift must be 0 to 23"));
        assert!(with(|l| l.activation = Activation::Phase { shift: 24, table: 0 }).contains("shift must be 0 to 23"));
        assert!(with(|l| l.activation = Activation::Phase { shift: 0, table: 0 }).contains("table does not exist"));
        assert!(with(|l| l.latent = Some(vec![])).contains("the network has no latent"));
        assert!(with(|l| l.outputs = 0).contains("at least one output"));
        assert_eq!(with(|l| l.weights.push(0)), "operation 0 needs 1 weights, not 2");
        assert_eq!(with(|l| l.biases.clear()), "operation 0 needs 1 biases, not 0");
    }

    #[test]
    fn domains_are_checked() {
        let operations = || vec![Operation::Resize { source: 0 }];
        let with = |change: fn(&mut NetworkSpec)| {
            let mut spec = spec([1, 1, 1], operations());
            change(&mut spec);
            refusal(spec)
        };
        assert!(with(|s| s.input.lo = -129).contains("the input's range [-129, 255]"));
        assert!(with(|s| s.input.hi = 256).contains("the input's range [0, 256]"));
        assert!(with(|s| (s.input.lo, s.input.hi) = (1, 0)).contains("must not be empty"));
        assert!(with(|s| s.input.shape[1] = 0).contains("the input is empty"));
        assert!(with(|s| s.latent = Some(LatentDomain { len: 0, lo: 0, hi: 0 })).contains("the latent is empty"));
        assert!(with(|s| s.operations.clear()).contains("1 to 4096 operations"));
        assert!(with(|s| s.operations = vec![Operation::Resize { source: 0 }; 4097]).contains("this one has 4097"));
        assert!(with(|s| s.tables = vec![[0; 256]; 256]).contains("at most 255 tables"));
    }

    #[test]
    fn values_and_all_live_values_together_are_limited() {
        let resizes = |count: u16| (0..count).map(|source| Operation::Resize { source }).collect::<Vec<_>>();
        // 4^12 elements are allowed, 4^13 are not.
        assert!(Network::new(spec([1, 1, 1], resizes(12))).is_ok());
        assert!(refusal(spec([1, 1, 1], resizes(13))).starts_with("operation 12: its value would hold 67108864"));
        assert!(refusal(spec([u16::MAX, u16::MAX, 1], resizes(1))).contains("the input would hold 4294836225"));
        // Five values of 2^24 elements, all kept for the last operation.
        let shape = [1 << 8, 1 << 8, 1 << 8];
        let mut operations: Vec<_> = (0..4).map(|_| Operation::Reshape { source: 0, shape }).collect();
        let small = [1, 1, 1];
        assert!(refusal(spec(small, operations.clone())).contains("keep the number of elements"));
        operations.extend((1..5).rev().map(|source| Operation::Reshape { source, shape }));
        let text = refusal(spec(shape, operations));
        assert!(text.starts_with("operation 3: the values needed at that point would hold 83886080"), "{text}");
    }

    #[test]
    fn concats_join_two_or_more_values_of_one_size() {
        let with = |sources| {
            refusal(spec([40000, 1, 1], vec![Operation::Resize { source: 0 }, Operation::Concat { sources }]))
        };
        assert!(with(vec![0]).contains("joins 2 to 255 values"));
        assert!(with(vec![0, 1]).contains("equal heights and widths"));
        assert!(with(vec![0, 0]).contains("must each be 1 to 65535"));
        assert!(with(vec![0; 256]).contains("joins 2 to 255 values"));
    }
}
