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
    /// The most elements that are needed at the same time.
    pub live_elements: usize,
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
    let mut multiply_adds = 0u64;
    for (index, operation) in spec.operations.iter().enumerate() {
        if sources(operation).iter().any(|&source| usize::from(source) > index) {
            return Err(NetworkError::Rule { operation: index, rule: "it may read earlier values only" });
        }
        let shape = output_shape(spec, index, operation, &shapes)?;
        shapes.push(within_limit(index, shape)?);
        if let Operation::Linear(linear) = operation {
            let positions = shape[1] as u64 * shape[2] as u64;
            multiply_adds = multiply_adds.saturating_add(linear.weights.len() as u64 * positions);
        }
    }
    let live_elements = check_live(spec, &shapes)?;
    Ok((shapes, Cost { multiply_adds, live_elements }))
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
