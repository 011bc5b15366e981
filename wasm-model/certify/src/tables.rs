//! The look-up tables that phase activations use, numbered in the order in which layers first use them.

use crate::constant::Constant;
use crate::error::Rule;

/// The tables found so far.
pub(crate) struct Tables {
    /// Names in the order that the file's metadata gives (`verdigris.tables`), which then holds instead.
    listed: Option<Vec<String>>,
    pub entries: Vec<[u8; 256]>,
}

impl Tables {
    /// Tables that are found as layers use them; equal ones become one.
    pub fn found() -> Self {
        Self { listed: None, entries: Vec::new() }
    }

    /// Exactly the tables that the file lists.
    pub fn listed(tables: &[Constant]) -> Result<Self, Rule> {
        let entries = tables.iter().map(entries).collect::<Result<_, _>>()?;
        Ok(Self { listed: Some(tables.iter().map(|table| table.name.to_string()).collect()), entries })
    }

    /// The number of a table.
    pub fn index_of(&mut self, table: &Constant) -> Result<u8, Rule> {
        let new = entries(table)?;
        let index = match &self.listed {
            Some(names) => names.iter().position(|name| **name == *table.name).ok_or_else(|| {
                let name = table.name.to_string();
                Rule::Constant { name, why: "is used as a table, but `verdigris.tables` does not list it".into() }
            })?,
            None => match self.entries.iter().position(|known| *known == new) {
                Some(index) => index,
                None => {
                    self.entries.push(new);
                    self.entries.len() - 1
                }
            },
        };
        match u8::try_from(index) {
            Ok(index) if index < 255 => Ok(index),
            _ => Err(Rule::Order("uses one more table than the 255 that a network may have".into())),
        }
    }
}

fn entries(table: &Constant) -> Result<[u8; 256], Rule> {
    if table.dims != [256] {
        return Err(Rule::TableShape { found: table.dims.clone() });
    }
    let mut entries = [0; 256];
    for (index, (entry, &value)) in entries.iter_mut().zip(table.values.iter()).enumerate() {
        if value.fract() != 0.0 || !(0.0..=255.0).contains(&value) {
            return Err(Rule::TableEntry { index, value });
        }
        *entry = value as u8;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tract_onnx::pb::tensor_proto::DataType;

    fn table(name: &str, first: f64) -> Constant {
        let mut values = vec![7.0; 256];
        values[0] = first;
        Constant::of(name, vec![256], DataType::Float, values)
    }

    #[test]
    fn equal_tables_become_one_unless_the_file_lists_them() {
        let mut found = Tables::found();
        assert_eq!(
            ["a", "b", "c"].map(|n| found.index_of(&table(n, f64::from(u8::from(n == "c"))))),
            [Ok(0), Ok(0), Ok(1)]
        );
        let mut listed = Tables::listed(&[table("a", 0.0), table("b", 0.0)]).expect("both are tables");
        assert_eq!(listed.index_of(&table("b", 0.0)), Ok(1));
        assert!(listed.index_of(&table("c", 0.0)).is_err());
    }

    #[test]
    fn entries_are_whole_numbers_from_0_to_255() {
        for bad in [-1.0, 256.0, 0.5, f64::NAN, f64::INFINITY] {
            assert!(matches!(Tables::found().index_of(&table("a", bad)), Err(Rule::TableEntry { index: 0, .. })));
        }
        let short = Constant::of("a", vec![2, 128], DataType::Float, vec![0.0; 256]);
        assert!(matches!(Tables::found().index_of(&short), Err(Rule::TableShape { .. })));
    }

    #[test]
    fn there_are_at_most_255_tables() {
        let mut found = Tables::found();
        for first in 0..255 {
            assert!(found.index_of(&table("a", f64::from(first))).is_ok());
        }
        assert!(found.index_of(&table("a", 255.0)).is_err());
    }
}
