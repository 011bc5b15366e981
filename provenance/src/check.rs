//! What was checked, and what came of it.

use serde::Serialize;

use crate::text::escaped;

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What should hold, as a sentence.
    pub claim: String,
    /// Whether it does.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a check, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "outcome", content = "detail")]
pub enum Outcome {
    /// It holds; what was found.
    Holds(String),
    /// It does not; what differs.
    Fails(String),
    /// Nobody looked; why not.
    NotChecked(String),
}

impl Outcome {
    /// Holds or fails.
    pub fn of(result: Result<impl ToString, impl ToString>) -> Self {
        match result {
            Ok(found) => Self::Holds(found.to_string()),
            Err(reason) => Self::Fails(reason.to_string()),
        }
    }

    /// Holds if both are the same.
    pub fn equal(expected: &impl ToString, found: &impl ToString) -> Self {
        let (expected, found) = (expected.to_string(), found.to_string());
        if expected == found { Self::Holds(found) } else { Self::Fails(format!("expected {expected}, found {found}")) }
    }

    /// Whether it fails.
    pub fn fails(&self) -> bool {
        matches!(self, Self::Fails(_))
    }

    /// The words.
    pub fn detail(&self) -> &str {
        match self {
            Self::Holds(detail) | Self::Fails(detail) | Self::NotChecked(detail) => detail,
        }
    }

    /// A sign for people: ✓, ✗, or – where nobody looked.
    pub fn sign(&self) -> char {
        match self {
            Self::Holds(_) => '✓',
            Self::Fails(_) => '✗',
            Self::NotChecked(_) => '–',
        }
    }
}

impl Check {
    /// What came of a claim. Both hold words from the papers of strangers: what is not fit to be printed is escaped.
    pub fn new(claim: impl Into<String>, outcome: Outcome) -> Self {
        let outcome = match outcome {
            Outcome::Holds(detail) => Outcome::Holds(escaped(&detail).into_owned()),
            Outcome::Fails(detail) => Outcome::Fails(escaped(&detail).into_owned()),
            Outcome::NotChecked(detail) => Outcome::NotChecked(escaped(&detail).into_owned()),
        };
        Self { claim: escaped(&claim.into()).into_owned(), outcome }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_check_moves_the_terminal() {
        let check = Check::new("a\u{1b}[1A", Outcome::Fails("b\n✓ c\u{202e}".into()));
        assert_eq!((check.claim.as_str(), check.outcome.detail()), ("a\\u{1b}[1A", "b\\u{a}✓ c\\u{202e}"));
    }
}
