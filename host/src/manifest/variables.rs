//! The application's variables: declared in the manifest, given by the environment.

use std::collections::BTreeMap;

use thiserror::Error;

use super::template::{Template, TemplateError, is_name};
use super::{Component, Manifest, Variable};

/// What a variable's name is prefixed with in the environment.
const PREFIX: &str = "SPIN_VARIABLE_";

/// A variable that has no value, or a template that can't be filled in.
#[derive(Debug, Error)]
pub enum VariablesError {
    /// Required variables that nobody gave.
    #[error("required variables have no value: set {}", .0.join(", "))]
    Missing(Vec<String>),
    /// A template of a component.
    #[error("[component.{component}] {key}: {reason}")]
    Template {
        /// The component's id.
        component: String,
        /// Where in the component's table.
        key: String,
        /// What is wrong with it.
        reason: TemplateError,
    },
}

/// The values of an application's variables.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Takes each declared variable's value from the environment, or else its default, or else
    /// the `placeholder`.
    ///
    /// # Errors
    /// Names every required variable without a value, as it is called in the environment.
    pub fn resolve(
        manifest: &Manifest,
        environment: impl Fn(&str) -> Option<String>,
        placeholder: Option<&str>,
    ) -> Result<Self, VariablesError> {
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, variable) in &manifest.variables {
            let outside = format!("{PREFIX}{}", name.to_ascii_uppercase());
            match environment(&outside).or_else(|| variable.default.clone()).or_else(|| placeholder.map(str::to_owned))
            {
                Some(value) => {
                    values.insert(name.clone(), value);
                }
                None => missing.push(outside),
            }
        }
        if missing.is_empty() { Ok(Self(values)) } else { Err(VariablesError::Missing(missing)) }
    }

    /// The variables that one component sees.
    ///
    /// # Errors
    /// When a template can't be filled in.
    pub fn of(&self, id: &str, component: &Component) -> Result<BTreeMap<String, String>, VariablesError> {
        component
            .variables
            .iter()
            .map(|(name, template)| {
                let value = self.fill(id, &format!("variables.{name}"), template)?;
                Ok((name.clone(), value))
            })
            .collect()
    }

    /// Fills in `template`, which stands under `key` in the component `id`.
    ///
    /// # Errors
    /// When the template can't be read or names an unknown variable.
    pub fn fill(&self, id: &str, key: &str, template: &str) -> Result<String, VariablesError> {
        Template::parse(template)
            .and_then(|template| template.fill(|name| self.0.get(name).map(String::as_str)))
            .map_err(|reason| VariablesError::Template { component: id.to_owned(), key: key.to_owned(), reason })
    }
}

/// Says what is wrong with a declaration.
pub(super) fn check(name: &str, variable: &Variable) -> Result<(), String> {
    if !is_name(name) {
        return Err(format!("[variables] {}", TemplateError::Name(name.to_owned())));
    }
    match (variable.required, &variable.default) {
        (true, Some(_)) => Err(format!("[variables] {name} is required and has a default; remove one of them")),
        (false, None) => Err(format!("[variables] {name} is neither required nor has a default; add one of them")),
        _ => Ok(()),
    }
}
