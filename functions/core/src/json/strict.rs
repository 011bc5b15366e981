//! What is an object is read from an object: serde would also take a list of its fields' values, in their order, which no
//! peer sends, by code that is much in a Worker.

use std::convert::identity;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Reads a value that fills the whole text.
///
/// # Errors
/// If the text is not JSON, or not such a value.
pub(crate) fn from_slice<'de, T: Deserialize<'de>>(text: &'de [u8]) -> serde_json::Result<T> {
    let mut parser = serde_json::Deserializer::from_slice(text);
    let value = T::deserialize(Strict(&mut parser))?;
    parser.end().map(|()| value)
}

/// A reader, or whatever it is handed on to, that reads structs from objects alone.
struct Strict<T>(T);

/// Methods that hand on what they are asked for, with the visitor made strict or as it is.
macro_rules! forward {
    ($wrap:ident: $($method:ident($($name:ident: $type:ty),*))*) => {
        $(fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($name,)* $wrap(visitor))
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Strict(visitor))
    }

    forward! {
        Strict:
        deserialize_map() deserialize_seq() deserialize_option() deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize) deserialize_newtype_struct(name: &'static str)
    }

    // These have no structs inside; but an enum's, and those of `deserialize_any`, are read as serde reads them.
    forward! {
        identity:
        deserialize_any() deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
        deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64() deserialize_char() deserialize_str() deserialize_string()
        deserialize_bytes() deserialize_byte_buf() deserialize_unit() deserialize_identifier() deserialize_ignored_any()
        deserialize_unit_struct(name: &'static str)
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }
}

/// What a reader may find that has values inside: each is read by a strict reader, too. Nothing else comes here.
impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Strict(inner))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Strict(inner))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Strict(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Strict(fields))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(Strict(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(reader))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::from_slice;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Point {
        x: u8,
        y: Option<u8>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Wrapped(Point);

    #[derive(Debug, PartialEq, Deserialize)]
    struct Shape<'a> {
        points: Vec<Point>,
        named: BTreeMap<String, Wrapped>,
        ends: Option<(Point, Point)>,
        name: &'a str,
    }

    #[test]
    fn objects_are_read_wherever_they_are() {
        let text = br#"{"points": [{"x": 1}, {"y": 3, "x": 2}], "named": {"a": {"x": 4, "y": null}}, "more": [[]],
            "ends": [{"x": 5}, {"x": 6}], "name": "square"}"#;
        let point = |x, y| Point { x, y };
        let shape = Shape {
            points: vec![point(1, None), point(2, Some(3))],
            named: [("a".to_owned(), Wrapped(point(4, None)))].into(),
            ends: Some((point(5, None), point(6, None))),
            name: "square",
        };
        assert_eq!(from_slice::<Shape<'_>>(text).expect("it is a shape"), shape);
    }

    #[test]
    fn a_list_is_no_object_wherever_it_is() {
        fn refused<'a, T: Deserialize<'a> + std::fmt::Debug>(text: &'a str, column: usize) {
            serde_json::from_str::<T>(text).expect("serde takes it");
            let error = from_slice::<T>(text.as_bytes()).expect_err("it is a list");
            assert!(error.to_string().starts_with("invalid type: sequence, expected struct Point"), "{error}");
            assert_eq!(error.column(), column, "{error}");
        }
        refused::<Point>("[1, 2]", 0);
        refused::<Vec<Point>>(r#"[{"x": 1}, [1, 2]]"#, 11);
        refused::<Option<Point>>("[1, 2]", 0);
        refused::<Wrapped>("[1, 2]", 0);
        refused::<BTreeMap<String, Point>>(r#"{"a": [1, 2]}"#, 6);
        refused::<(u8, Point)>("[1, [1, 2]]", 4);
    }

    #[test]
    fn the_whole_text_is_one_value() {
        for text in ["", "{", "1 2", r#"{"x": 1}}"#, r#"{"x": 1} {"x": 1}"#] {
            assert_eq!(
                from_slice::<Point>(text.as_bytes()).expect_err(text).to_string(),
                serde_json::from_str::<Point>(text).expect_err(text).to_string(),
            );
        }
        let raw = from_slice::<Vec<&RawValue>>(br#"[{"x":  1}, [2]]"#).expect("closed values are what they are");
        assert_eq!(raw.iter().map(|value| value.get()).collect::<Vec<_>>(), [r#"{"x":  1}"#, "[2]"]);
    }
}
