//! What the caller may say about a file that the file does not say itself: the ranges of its inputs.

use crate::error::CertifyError;
use std::fmt;
use std::str::FromStr;

/// The whole numbers that an input's elements may be, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputRange {
    /// Lowest value, at least -128.
    pub lo: i16,
    /// Highest value, at most 255.
    pub hi: i16,
}

impl InputRange {
    /// 0 to 255.
    pub const U8: Self = Self { lo: 0, hi: 255 };
    /// -128 to 127.
    pub const I8: Self = Self { lo: -128, hi: 127 };
}

impl fmt::Display for InputRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::U8 => f.write_str("u8"),
            Self::I8 => f.write_str("i8"),
            Self { lo, hi } => write!(f, "{lo}..{hi}"),
        }
    }
}

impl FromStr for InputRange {
    type Err = String;

    /// Reads `u8`, `i8` or `lo..hi` (both ends included).
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is not a range; write u8, i8 or lo..hi", crate::error::shown(text));
        let range = match text.trim() {
            "u8" => Self::U8,
            "i8" => Self::I8,
            other => {
                let (lo, hi) = other.split_once("..").ok_or_else(wrong)?;
                let end = |text: &str| text.trim().parse::<i16>().map_err(|_| wrong());
                Self { lo: end(lo)?, hi: end(hi.strip_prefix('=').unwrap_or(hi))? }
            }
        };
        if range.lo > range.hi || range.lo < -128 || range.hi > 255 {
            return Err(format!(
                "the range {}..{} must not be empty and must lie inside -128..255",
                range.lo, range.hi
            ));
        }
        Ok(range)
    }
}

/// What the caller says about a file; by default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Ranges of inputs, by name; they win over what the file declares.
    pub ranges: Vec<(String, InputRange)>,
    /// Which input is the latent, in a file with two.
    pub latent: Option<String>,
}

impl Options {
    /// Adds a range as a command line gives it: `name=u8`, `name=i8` or `name=lo..hi`.
    ///
    /// # Errors
    /// If the text has no `=`, or what follows is no range.
    pub fn with_range(mut self, declaration: &str) -> Result<Self, CertifyError> {
        let fault = |input: &str, why| CertifyError::Input { input: input.to_owned(), why };
        let (name, range) = declaration
            .split_once('=')
            .ok_or_else(|| fault(declaration, "declare its range as name=u8, name=i8 or name=lo..hi".into()))?;
        let range = range.parse().map_err(|why| fault(name, why))?;
        self.ranges.push((name.to_owned(), range));
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_they_are_written() {
        for range in [InputRange::U8, InputRange::I8, InputRange { lo: -3, hi: 200 }] {
            assert_eq!(range.to_string().parse(), Ok(range));
        }
        assert_eq!("0..=255".parse(), Ok(InputRange::U8));
    }

    #[test]
    fn ranges_outside_the_profile_are_refused() {
        for text in ["", "u9", "5..4", "-129..0", "0..256", "1..x", "99999999999..0"] {
            assert!(text.parse::<InputRange>().is_err(), "{text}");
        }
        assert!(Options::default().with_range("x").is_err());
        assert!(Options::default().with_range("x=1..").is_err());
    }
}
