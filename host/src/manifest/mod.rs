//! Reads `spin.toml` (manifest version 2): what components there are and what each may do.
//!
//! A key that this host does not know is refused by its name, because a setting that silently
//! has no effect is worse than one that stops the start.

mod template;
mod variables;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

pub use template::{Template, TemplateError};
pub use variables::{Variables, VariablesError};

/// The largest manifest that is read, in bytes.
const MANIFEST_BYTES: u64 = 1 << 20;

/// A manifest that can't be used.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// The file could not be read.
    #[error("{path}: {reason}")]
    Read {
        /// The manifest's path.
        path: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// The file is larger than any manifest is.
    #[error("{0} has more than 1 MiB, which no manifest needs")]
    TooLarge(PathBuf),
    /// The text is not TOML, or has a key or a value that this host does not know.
    #[error("{path}: {reason}")]
    Parse {
        /// The manifest's path.
        path: PathBuf,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// The parts do not fit together.
    #[error("{path}: {reason}")]
    Meaning {
        /// The manifest's path.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
}

/// A whole manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: u32,
    /// The application's name and the like.
    pub application: Application,
    /// Variables of the application, by name.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    trigger: Triggers,
    /// Components by their id.
    pub component: BTreeMap<String, Component>,
}

/// The `[application]` table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The application's name.
    pub name: String,
    #[serde(rename = "version")]
    _version: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "authors", default)]
    _authors: Vec<String>,
}

/// One entry of `[variables]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The value when nothing else gives one.
    pub default: Option<String>,
    /// Whether the start stops when nothing gives a value.
    #[serde(default)]
    pub required: bool,
    /// Whether the value must not be shown.
    #[serde(default)]
    pub secret: bool,
    #[serde(rename = "description")]
    _description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    #[serde(default)]
    http: Vec<Trigger>,
}

/// One `[[trigger.http]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    #[serde(rename = "id")]
    _id: Option<String>,
    /// Which paths lead to the component.
    pub route: Route,
    /// The component's id.
    pub component: String,
}

/// Where a component is reachable.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a route is a path such as \"/a/:b/...\", or { private = true }")]
pub enum Route {
    /// A pattern of paths.
    Path(String),
    /// Only through service chaining.
    Private(Private),
}

/// `{ private = true }`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Private {
    private: bool,
}

/// One `[component.ID]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The component's file; a path in the manifest is relative to the manifest's folder.
    pub source: PathBuf,
    /// The component's own variables, as templates over the application's.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Environment variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Where it may send requests, as templates.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// Labels of the key-value stores that it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// What tools besides Spin are told.
    #[serde(default)]
    pub tool: Tools,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "build")]
    _build: Option<toml::Table>,
    #[serde(rename = "targets", default)]
    _targets: Vec<String>,
}

/// The tables `[component.ID.tool.…]`; those of other tools are theirs.
#[derive(Debug, Default, Deserialize)]
pub struct Tools {
    /// This host's.
    #[serde(rename = "verdigris-host", default)]
    pub host: HostTool,
}

/// `[component.ID.tool.verdigris-host]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostTool {
    /// Requests that it serves at the same time, for each of the machine's cores, if fewer than `--max-concurrent`: for a
    /// component that computes, of which more at once would only take memory.
    pub requests_per_core: Option<NonZero<u16>>,
}

impl Manifest {
    /// Reads the manifest at `path`.
    ///
    /// # Errors
    /// When the file can't be read, or says something that this host can't do.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let wrong = |reason| ManifestError::Read { path: path.to_owned(), reason };
        let file = fs::File::open(path).map_err(wrong)?;
        let mut text = String::new();
        file.take(MANIFEST_BYTES + 1).read_to_string(&mut text).map_err(wrong)?;
        if text.len() as u64 > MANIFEST_BYTES {
            return Err(ManifestError::TooLarge(path.to_owned()));
        }
        Self::parse(&text, path)
    }

    /// Reads a manifest's text; `path` is where it stands.
    ///
    /// # Errors
    /// When it says something that this host can't do.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ManifestError> {
        let mut manifest: Self = toml::from_str(text)
            .map_err(|error| ManifestError::Parse { path: path.to_owned(), reason: error.to_string() })?;
        manifest.check().map_err(|reason| ManifestError::Meaning { path: path.to_owned(), reason })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for component in manifest.component.values_mut() {
            component.source = folder.join(&component.source);
        }
        Ok(manifest)
    }

    /// The triggers, each with a component that is there.
    pub fn triggers(&self) -> &[Trigger] {
        &self.trigger.http
    }

    fn check(&self) -> Result<(), String> {
        if self.spin_manifest_version != 2 {
            return Err(format!("spin_manifest_version is {}; this host reads version 2", self.spin_manifest_version));
        }
        if self.trigger.http.is_empty() {
            return Err("there is no [[trigger.http]], so nothing could be reached".to_owned());
        }
        for trigger in &self.trigger.http {
            let id = &trigger.component;
            if !self.component.contains_key(id) {
                return Err(format!("[[trigger.http]] names the component {id:?}, but there is no [component.{id}]"));
            }
            if let Route::Private(Private { private: false }) = trigger.route {
                return Err(format!("[[trigger.http]] of {id:?}: `private = false` means nothing; give a path"));
            }
        }
        for id in self.component.keys() {
            if !is_id(id) {
                return Err(format!(
                    "[component.{id:?}]: an id has letters, digits, `-` and `_`, a letter first, at most 63"
                ));
            }
        }
        for (name, variable) in &self.variables {
            variables::check(name, variable)?;
        }
        Ok(())
    }
}

/// Whether a component can have this id; it becomes a host name's first label.
fn is_id(id: &str) -> bool {
    id.len() <= 63
        && id.starts_with(|first: char| first.is_ascii_alphabetic())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests;
