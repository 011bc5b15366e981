//! The canonical form of a network: the one sequence of bytes that its hash is taken of. Table: `docs/protocol.md`.

use super::{
    Activation, Domain, LatentDomain, Linear, MAX_CANONICAL_BYTES, MAX_OPERATIONS, NetworkError, NetworkSpec, Operation,
};
use alloc::vec::Vec;

const MAGIC: &[u8; 4] = b"VDGN";
const VERSION: u8 = 1;

/// Writes a checked network.
pub(super) fn write(spec: &NetworkSpec) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(MAGIC);
    out.push(VERSION);
    put_u16s(&mut out, &spec.input.shape);
    put_i16s(&mut out, &[spec.input.lo, spec.input.hi]);
    let (len, lo, hi) = spec.latent.as_ref().map_or((0, 0, 0), |latent| (latent.len, latent.lo, latent.hi));
    put_u16s(&mut out, &[len]);
    put_i16s(&mut out, &[lo, hi]);
    // Lossless: a checked network has at most 255 tables and 4,096 operations.
    out.push(spec.tables.len() as u8);
    spec.tables.iter().for_each(|table| out.extend_from_slice(table));
    put_u16s(&mut out, &[spec.operations.len() as u16]);
    spec.operations.iter().for_each(|operation| write_operation(&mut out, operation));
    out
}

fn write_operation(out: &mut Vec<u8>, operation: &Operation) {
    match operation {
        Operation::Linear(linear) => write_linear(out, linear),
        Operation::Resize { source } => {
            out.push(1);
            put_u16s(out, &[*source]);
        }
        Operation::Concat { sources } => {
            out.push(2);
            out.push(sources.len() as u8);
            put_u16s(out, sources);
        }
        Operation::Reshape { source, shape } => {
            out.push(3);
            put_u16s(out, &[*source]);
            put_u16s(out, shape);
        }
    }
}

fn write_linear(out: &mut Vec<u8>, linear: &Linear) {
    let (activation, shift, table) = match linear.activation {
        Activation::Raw => (0, 0, 0),
        Activation::Clip { shift } => (1, shift, 0),
        Activation::Phase { shift, table } => (2, shift, table),
    };
    out.push(0);
    put_u16s(out, &[linear.source, linear.outputs]);
    out.extend([linear.kernel, linear.stride, activation, shift, table, linear.latent.is_some().into()]);
    out.extend(linear.weights.iter().map(|&weight| weight as u8));
    linear.biases.iter().for_each(|bias| out.extend(bias.to_le_bytes()));
    out.extend(linear.latent.iter().flatten().map(|&weight| weight as u8));
}

fn put_u16s(out: &mut Vec<u8>, values: &[u16]) {
    values.iter().for_each(|value| out.extend(value.to_le_bytes()));
}

fn put_i16s(out: &mut Vec<u8>, values: &[i16]) {
    values.iter().for_each(|value| out.extend(value.to_le_bytes()));
}

/// Reads a description; whether it makes sense is for `Network::new` to say. What it allocates is bounded by the
/// number of bytes given, since every list is cut out of them before it is copied.
pub(super) fn read(bytes: &[u8]) -> Result<NetworkSpec, NetworkError> {
    if bytes.len() > MAX_CANONICAL_BYTES {
        return Err(NetworkError::TooLong { found: bytes.len(), limit: MAX_CANONICAL_BYTES });
    }
    let mut from = Reader { bytes, at: 0 };
    if from.take(4, "the magic")? != MAGIC {
        return Err(NetworkError::Magic);
    }
    match from.u8("the version")? {
        VERSION => {}
        found => return Err(NetworkError::Version { found }),
    }
    let input = Domain {
        shape: from.shape("the input's shape")?,
        lo: from.i16("the input's range")?,
        hi: from.i16("the input's range")?,
    };
    let latent = read_latent(&mut from)?;
    let count = usize::from(from.u8("the number of tables")?);
    let tables = from.take(256 * count, "the tables")?.as_chunks().0.to_vec();
    let count = usize::from(from.u16("the number of operations")?);
    if count > MAX_OPERATIONS {
        return Err(NetworkError::OperationCount { found: count, limit: MAX_OPERATIONS });
    }
    // Channels of the values so far: a linear operation's weights are counted by them.
    let mut channels = Vec::with_capacity(count + 1);
    channels.push(usize::from(input.shape[0]));
    let latent_len = latent.as_ref().map_or(0, |latent| usize::from(latent.len));
    let mut operations = Vec::with_capacity(count);
    for index in 0..count {
        let (operation, made) = read_operation(&mut from, index, &channels, latent_len)?;
        operations.push(operation);
        channels.push(made);
    }
    match bytes.len() - from.at {
        0 => Ok(NetworkSpec { input, latent, tables, operations }),
        count => Err(NetworkError::TrailingBytes { count }),
    }
}

fn read_latent(from: &mut Reader) -> Result<Option<LatentDomain>, NetworkError> {
    let len = from.u16("the latent's length")?;
    let at = from.at;
    let (lo, hi) = (from.i16("the latent's range")?, from.i16("the latent's range")?);
    match (len, lo, hi) {
        (0, 0, 0) => Ok(None),
        (0, ..) => Err(NetworkError::Code { at, what: "range of no latent (0 and 0)", value: lo as u16 | hi as u16 }),
        _ => Ok(Some(LatentDomain { len, lo, hi })),
    }
}

fn read_operation(
    from: &mut Reader,
    index: usize,
    channels: &[usize],
    latent_len: usize,
) -> Result<(Operation, usize), NetworkError> {
    let channels_of = |source: u16| {
        let rule = NetworkError::Rule { operation: index, rule: "it may read earlier values only" };
        channels.get(usize::from(source)).copied().ok_or(rule)
    };
    match from.u8("an operation")? {
        0 => {
            let source = from.u16("a linear operation")?;
            let linear = read_linear(from, source, channels_of(source)?, latent_len)?;
            let made = usize::from(linear.outputs);
            Ok((Operation::Linear(linear), made))
        }
        1 => {
            let source = from.u16("a resize")?;
            Ok((Operation::Resize { source }, channels_of(source)?))
        }
        2 => {
            let count = usize::from(from.u8("a concat")?);
            let list = from.take(2 * count, "a concat")?.as_chunks().0;
            let sources: Vec<_> = list.iter().map(|&source| u16::from_le_bytes(source)).collect();
            let made = sources.iter().try_fold(0usize, |sum, &s| Ok(sum.saturating_add(channels_of(s)?)))?;
            Ok((Operation::Concat { sources }, made))
        }
        3 => {
            let source = from.u16("a reshape")?;
            channels_of(source)?;
            let shape = from.shape("a reshape")?;
            Ok((Operation::Reshape { source, shape }, usize::from(shape[0])))
        }
        value => Err(from.code("operation (0 to 3)", value)),
    }
}

fn read_linear(from: &mut Reader, source: u16, inputs: usize, latent_len: usize) -> Result<Linear, NetworkError> {
    const WHAT: &str = "a linear operation";
    let outputs = from.u16(WHAT)?;
    let (kernel, stride) = (from.u8(WHAT)?, from.u8(WHAT)?);
    let code = from.u8(WHAT)?;
    let (shift, table) = (from.u8(WHAT)?, from.u8(WHAT)?);
    let activation = match (code, shift, table) {
        (0, 0, 0) => Activation::Raw,
        (0, 0, _) | (1, _, 1..) => return Err(from.code("table (0 where there is no phase)", table)),
        (0, ..) => return Err(from.code("shift of a raw activation (0)", shift)),
        (1, ..) => Activation::Clip { shift },
        (2, ..) => Activation::Phase { shift, table },
        _ => return Err(from.code("activation (0 to 2)", code)),
    };
    let with_latent = match from.u8(WHAT)? {
        0 => false,
        1 => true,
        value => return Err(from.code("latent flag (0 or 1)", value)),
    };
    let outputs_len = usize::from(outputs);
    let taps = usize::from(kernel) * usize::from(kernel);
    let weights = from.i8s(outputs_len.saturating_mul(inputs).saturating_mul(taps), "weights")?;
    let biases = from.take(4 * outputs_len, "biases")?.as_chunks().0;
    let biases = biases.iter().map(|&bias| i32::from_le_bytes(bias)).collect();
    let latent = with_latent.then(|| from.i8s(outputs_len.saturating_mul(latent_len), "latent weights")).transpose()?;
    Ok(Linear { source, outputs, kernel, stride, activation, weights, biases, latent })
}

/// A place in the bytes.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], NetworkError> {
        let taken = self.bytes[self.at..].get(..len);
        let taken = taken.ok_or(NetworkError::Truncated { at: self.bytes.len(), what })?;
        self.at += len;
        Ok(taken)
    }

    fn u8(&mut self, what: &'static str) -> Result<u8, NetworkError> {
        Ok(self.take(1, what)?[0])
    }

    fn u16(&mut self, what: &'static str) -> Result<u16, NetworkError> {
        let taken = self.take(2, what)?;
        Ok(u16::from_le_bytes([taken[0], taken[1]]))
    }

    fn i16(&mut self, what: &'static str) -> Result<i16, NetworkError> {
        Ok(self.u16(what)? as i16)
    }

    fn shape(&mut self, what: &'static str) -> Result<[u16; 3], NetworkError> {
        Ok([self.u16(what)?, self.u16(what)?, self.u16(what)?])
    }

    fn i8s(&mut self, len: usize, what: &'static str) -> Result<Vec<i8>, NetworkError> {
        Ok(self.take(len, what)?.iter().map(|&byte| byte as i8).collect())
    }

    /// An error about the bytes just read.
    fn code(&self, what: &'static str, value: u8) -> NetworkError {
        NetworkError::Code { at: self.at - 1, what, value: value.into() }
    }
}

#[cfg(test)]
mod tests {
    use crate::drawing::{Drawing, Kind};
    use crate::{Network, NetworkError, genesis};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn what_is_written_is_read_back(seed: u64) {
            let network = Drawing::new(seed).network(Kind::Any);
            let bytes = network.to_bytes();
            let read = Network::from_bytes(&bytes)?;
            prop_assert_eq!(read.to_bytes(), bytes);
            prop_assert_eq!(read, network);
        }

        #[test]
        fn whatever_is_read_is_written_back_the_same(seed: u64, changes: Vec<(u16, u8)>) {
            let mut bytes = Drawing::new(seed).network(Kind::Any).to_bytes();
            for (at, value) in changes.into_iter().take(4) {
                let at = usize::from(at) % bytes.len();
                bytes[at] = value;
            }
            if let Ok(network) = Network::from_bytes(&bytes) {
                prop_assert_eq!(network.to_bytes(), bytes);
            }
        }

        #[test]
        fn noise_is_refused(bytes: Vec<u8>) {
            prop_assert!(Network::from_bytes(&bytes).is_err());
            let headed: Vec<u8> = b"VDGN\x01".iter().copied().chain(bytes).collect();
            let _ = Network::from_bytes(&headed);
        }
    }

    #[test]
    fn a_truncated_form_is_refused_wherever_it_ends() {
        let bytes = genesis().to_bytes();
        for len in 0..bytes.len() {
            assert!(matches!(Network::from_bytes(&bytes[..len]), Err(NetworkError::Truncated { .. })), "{len} bytes");
        }
    }

    #[test]
    fn trailing_bytes_a_wrong_magic_and_an_unknown_version_are_refused() {
        let good = genesis().to_bytes();
        let mut bytes = good.clone();
        bytes.push(0);
        assert_eq!(Network::from_bytes(&bytes).err(), Some(NetworkError::TrailingBytes { count: 1 }));
        bytes = good.clone();
        bytes[0] = b'v';
        assert_eq!(Network::from_bytes(&bytes).err(), Some(NetworkError::Magic));
        bytes = good;
        bytes[4] = 2;
        assert_eq!(Network::from_bytes(&bytes).err(), Some(NetworkError::Version { found: 2 }));
    }

    #[test]
    fn a_form_above_64_mib_is_refused_before_it_is_read() {
        let bytes = vec![0; (64 << 20) + 1];
        assert!(matches!(Network::from_bytes(&bytes), Err(NetworkError::TooLong { .. })));
    }

    #[test]
    fn a_range_without_a_latent_is_refused() {
        // One input, no latent but a lowest value of 1, no tables, no operations.
        let bytes = b"VDGN\x01\x01\x00\x01\x00\x01\x00\x00\x00\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00";
        assert!(matches!(Network::from_bytes(bytes), Err(NetworkError::Code { at: 17, value: 1, .. })));
    }
}
