//! A look at the file's bytes before anything is built from them, so that a small file cannot fill the memory.
//!
//! ONNX files are protocol buffers: nested lists of numbered fields. A field of two bytes can become a structure of a
//! kilobyte, so the structures that a decoder would build are counted here first.

use crate::error::CertifyError;
use std::ops::Range;
use tract_onnx::pb;

/// Most bytes of an ONNX file.
pub const MAX_FILE_BYTES: usize = 64 << 20;
/// Most bytes that the decoded file may take in memory.
const MAX_DECODED_BYTES: u64 = 1 << 30;
const MAX_DEPTH: usize = 16;

/// One field of a message.
pub(crate) struct Field<'a> {
    pub number: u64,
    /// The content of a length-delimited field.
    pub content: Option<&'a [u8]>,
    /// Where the whole field lies, its key included.
    pub range: Range<usize>,
}

/// The fields of one message, in the order of the file.
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn varint(&mut self) -> Result<u64, String> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let &byte = self.bytes.get(self.at).ok_or("it ends in the middle of a number: it is truncated")?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("a number has more than ten bytes".into())
    }

    fn skip(&mut self, count: u64) -> Result<&'a [u8], String> {
        let left = self.bytes.len() - self.at;
        let count = usize::try_from(count).ok().filter(|&count| count <= left).ok_or_else(|| {
            format!("a field says it has {count} bytes where {left} are left: it is truncated or not a protocol buffer")
        })?;
        self.at += count;
        Ok(&self.bytes[self.at - count..self.at])
    }

    fn field(&mut self) -> Result<Field<'a>, String> {
        let start = self.at;
        let key = self.varint()?;
        let content = match key & 7 {
            0 => self.varint().map(|_| None)?,
            1 => self.skip(8).map(|_| None)?,
            2 => {
                let count = self.varint()?;
                Some(self.skip(count)?)
            }
            5 => self.skip(4).map(|_| None)?,
            kind => return Err(format!("wire type {kind} does not occur in ONNX")),
        };
        match key >> 3 {
            0 => Err("a field has number 0".into()),
            number => Ok(Field { number, content, range: start..self.at }),
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.at < self.bytes.len()).then(|| {
            let field = self.field();
            if field.is_err() {
                self.at = self.bytes.len();
            }
            field
        })
    }
}

/// The messages that an ONNX file is made of, as far as sizes matter.
#[derive(Clone, Copy, PartialEq)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    SparseTensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    Dimension,
    Pairs,
    /// A string or packed numbers: no fields, and memory by the byte.
    Leaf {
        factor: u64,
    },
}

impl Message {
    /// What a field of this message holds, if that is counted on its own.
    fn child(self, field: u64) -> Self {
        use Message as M;
        match (self, field) {
            (M::Model, 7) | (M::Attribute, 6 | 11) => M::Graph,
            (M::Model, 8 | 14) | (M::Graph, 14 | 16) | (M::Node, 9) | (M::Tensor, 13 | 16) => M::Pairs,
            (M::Graph, 1) => M::Node,
            (M::Graph, 5) | (M::Attribute, 5 | 10) | (M::SparseTensor, 1 | 2) => M::Tensor,
            (M::Graph, 15) | (M::Attribute, 22 | 23) => M::SparseTensor,
            (M::Graph, 11..=13) => M::ValueInfo,
            (M::Node, 5) => M::Attribute,
            (M::ValueInfo, 2) | (M::Attribute, 14 | 15) => M::Type,
            (M::Type, 1) => M::TensorType,
            (M::TensorType, 2) => M::Shape,
            (M::Shape, 1) => M::Dimension,
            (M::Tensor, 1 | 5 | 7 | 11) | (M::Attribute, 8) | (M::SparseTensor, 3) => M::Leaf { factor: 8 },
            _ => M::Leaf { factor: 1 },
        }
    }

    /// Bytes of the structure itself; doubled because lists grow by doubling.
    fn cost(self, content: usize) -> u64 {
        let size = match self {
            Self::Model => size_of::<pb::ModelProto>(),
            Self::Graph => size_of::<pb::GraphProto>(),
            Self::Node => size_of::<pb::NodeProto>(),
            Self::Attribute => size_of::<pb::AttributeProto>(),
            Self::Tensor => size_of::<pb::TensorProto>(),
            Self::SparseTensor => size_of::<pb::SparseTensorProto>(),
            Self::ValueInfo => size_of::<pb::ValueInfoProto>(),
            Self::Type | Self::TensorType | Self::Shape | Self::Dimension | Self::Pairs => 96,
            Self::Leaf { factor } => return 48 + factor * content as u64,
        };
        2 * size as u64
    }
}

/// Walks the whole file once and refuses it if it is malformed or would decode to too much.
///
/// # Errors
/// [`CertifyError::NotOnnx`], [`CertifyError::TooLarge`], or [`CertifyError::Graph`] if it brings training information or
/// operators of its own.
pub fn inspect(bytes: &[u8]) -> Result<(), CertifyError> {
    if bytes.len() > MAX_FILE_BYTES {
        let (found, limit) = (bytes.len() as u64, MAX_FILE_BYTES as u64);
        return Err(CertifyError::TooLarge { what: "its size in bytes", found, limit });
    }
    let mut cost = 0;
    walk(bytes, Message::Model, 0, &mut cost)?;
    match graphs(bytes).map_err(CertifyError::NotOnnx)? {
        0 => Err(CertifyError::NotOnnx("it has no graph".into())),
        1 => Ok(()),
        count => Err(CertifyError::NotOnnx(format!("it has {count} graphs; a model has one"))),
    }
}

fn graphs(bytes: &[u8]) -> Result<usize, String> {
    Fields::new(bytes).try_fold(0, |count, field| Ok(count + usize::from(field?.number == 7)))
}

fn walk(bytes: &[u8], message: Message, depth: usize, cost: &mut u64) -> Result<(), CertifyError> {
    *cost += message.cost(bytes.len());
    if *cost > MAX_DECODED_BYTES {
        let what = "the memory in bytes that its structures take";
        return Err(CertifyError::TooLarge { what, found: *cost, limit: MAX_DECODED_BYTES });
    }
    if let Message::Leaf { .. } = message {
        return Ok(());
    }
    if depth > MAX_DEPTH {
        return Err(CertifyError::NotOnnx(format!("its messages are nested more than {MAX_DEPTH} deep")));
    }
    for field in Fields::new(bytes) {
        let field = field.map_err(CertifyError::NotOnnx)?;
        if message == Message::Model && (field.number == 20 || field.number == 25) {
            let what = if field.number == 20 { "training information" } else { "functions of its own" };
            return Err(CertifyError::Graph(format!("comes with {what}; export it with plain operators only")));
        }
        match field.content {
            Some(content) => walk(content, message.child(field.number), depth + 1, cost)?,
            None => *cost += 16,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_has_no_graph() {
        assert_eq!(inspect(&[]), Err(CertifyError::NotOnnx("it has no graph".into())));
    }

    #[test]
    fn text_is_not_a_protocol_buffer() {
        assert!(matches!(inspect(b"# a read-me, not a model"), Err(CertifyError::NotOnnx(_))));
    }

    #[test]
    fn a_file_of_tiny_messages_is_refused_before_it_fills_the_memory() {
        // A graph with one node of four million empty attributes, two bytes each.
        let attributes = [0x2a, 0x00].repeat(4 << 20);
        let mut node = vec![0x0a];
        put_varint(&mut node, attributes.len());
        node.extend(attributes);
        let mut model = vec![0x3a];
        put_varint(&mut model, node.len());
        model.extend(node);
        assert!(matches!(inspect(&model), Err(CertifyError::TooLarge { .. })));
    }

    #[test]
    fn a_length_beyond_the_end_is_called_truncated() {
        let error = inspect(&[0x3a, 0x7f, 0x00]).expect_err("the graph has one byte of 127");
        assert!(error.to_string().contains("truncated"), "{error}");
    }

    fn put_varint(out: &mut Vec<u8>, mut value: usize) {
        while value > 127 {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    }
}
