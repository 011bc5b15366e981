//! The attributes of a node, read strictly: one that is not known may change what the node means.

use crate::error::{Rule, shown};
use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto};

/// A node's attributes, of which every one is known.
pub(crate) struct Attributes<'a>(&'a NodeProto);

impl<'a> Attributes<'a> {
    /// Refuses attributes that are not in `known`.
    pub fn of(node: &'a NodeProto, known: &[&str]) -> Result<Self, Rule> {
        for (index, attribute) in node.attribute.iter().enumerate() {
            let name = attribute.name.as_str();
            let twice = node.attribute[..index].iter().any(|other| other.name == name);
            if !known.contains(&name) || twice || !attribute.ref_attr_name.is_empty() {
                let takes = if twice { "it once".into() } else { format!("no attribute but {}", known.join(", ")) };
                return Err(Rule::Attribute { name: name.to_owned(), found: "given".into(), takes });
            }
        }
        Ok(Self(node))
    }

    pub fn get(&self, name: &str) -> Option<&'a AttributeProto> {
        self.0.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.get(name).map_or(default, |attribute| attribute.i)
    }

    pub fn float(&self, name: &str) -> Option<f64> {
        self.get(name).map(|attribute| attribute.f.into())
    }

    pub fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.get(name).map(|attribute| attribute.ints.as_slice())
    }

    pub fn text(&self, name: &str, default: &'a str) -> &'a str {
        self.get(name).map_or(default, |attribute| str::from_utf8(&attribute.s).unwrap_or("\u{fffd}"))
    }

    pub fn tensor(&self, name: &str) -> Option<&'a TensorProto> {
        self.get(name).and_then(|attribute| attribute.t.as_ref())
    }

    /// Refuses any value but one.
    pub fn expect_int(&self, name: &str, default: i64, takes: i64) -> Result<(), Rule> {
        match self.int(name, default) {
            value if value == takes => Ok(()),
            value => Err(refused(name, value, takes)),
        }
    }

    /// Refuses a list with any element but one.
    pub fn expect_ints(&self, name: &str, takes: i64) -> Result<(), Rule> {
        match self.ints(name) {
            Some(list) if list.iter().any(|&value| value != takes) => {
                Err(refused(name, format!("{list:?}"), format!("{takes} everywhere")))
            }
            _ => Ok(()),
        }
    }
}

/// The refusal of an attribute's value.
#[expect(clippy::needless_pass_by_value, reason = "a number or a text is given as it stands")]
pub(crate) fn refused(name: &str, found: impl ToString, takes: impl ToString) -> Rule {
    Rule::Attribute { name: name.to_owned(), found: shown(&found.to_string()), takes: takes.to_string() }
}
