//! Text with `{{ variable }}` in it, as manifests use it.

use thiserror::Error;

/// A template that can't be read or filled in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// A `{{` without its `}}`.
    #[error("{0:?} has a `{{{{` without `}}}}`")]
    Open(String),
    /// What stands between the braces is no name.
    #[error("{0:?} is not a variable's name: lower-case letters, digits and `_`, a letter first")]
    Name(String),
    /// There is no such variable.
    #[error("there is no variable {0:?}; declare it under [variables]")]
    Unknown(String),
}

/// Text with places for variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When braces are left open or hold no name.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, behind) = after.split_once("}}").ok_or_else(|| TemplateError::Open(text.to_owned()))?;
            let name = name.trim();
            if !is_name(name) {
                return Err(TemplateError::Name(name.to_owned()));
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The text with every variable's value in its place.
    ///
    /// # Errors
    /// When `value` knows no such variable.
    pub fn fill<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Result<String, TemplateError> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Variable(name) => {
                    text.push_str(value(name).ok_or_else(|| TemplateError::Unknown(name.clone()))?);
                }
            }
        }
        Ok(text)
    }
}

/// Spin's rule for names of variables.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, TemplateError> {
        Template::parse(text)?.fill(|name| match name {
            "host" => Some("localhost"),
            "port" => Some("80"),
            "tricky" => Some("{{ host }}"),
            _ => None,
        })
    }

    #[test]
    fn variables_are_put_in_their_places() {
        assert_eq!(filled("http://{{ host }}:{{port}}").unwrap(), "http://localhost:80");
        assert_eq!(filled("{{host}}{{host}}").unwrap(), "localhostlocalhost");
        assert_eq!(filled("plain } text {").unwrap(), "plain } text {");
        assert_eq!(filled("").unwrap(), "");
    }

    #[test]
    fn a_value_is_not_read_as_a_template_again() {
        assert_eq!(filled("{{ tricky }}").unwrap(), "{{ host }}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(filled("{{ nobody }}"), Err(TemplateError::Unknown("nobody".into())));
        assert_eq!(filled("a {{ host"), Err(TemplateError::Open("a {{ host".into())));
        assert_eq!(filled("{{ Host }}"), Err(TemplateError::Name("Host".into())));
        assert_eq!(filled("{{}}"), Err(TemplateError::Name(String::new())));
    }
}
