//! A folder of models in Triton's layout: `{model}/config.pbtxt` and `{model}/{version}/model.vdgn` or `model.onnx`, and
//! beside the latter `vectors.jsonl` if the model is certified; or a whole pipeline, by its `model_index.json`.
//!
//! It is looked at again and again: what is new is loaded, what changed is loaded anew, what is gone is unloaded. If a
//! version doesn't load, the one of its number that served before keeps serving, or the highest that does load.

mod config;
mod engines;
mod text_format;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use crate::batch::{Batcher, Policy};
use crate::engine::Port;
use crate::metrics::Metrics;

pub use config::{Config, Named, Versions};
pub use engines::Engines;

/// Most bytes of a `config.pbtxt`.
const MOST_CONFIG_BYTES: u64 = 1 << 20;
/// How deep in a model's folder files are looked at: `{version}/{part}/{file}`.
const MARKED_DEPTH: usize = 4;
/// Requests that wait, if the configuration doesn't say.
const QUEUE: usize = 256;

/// A version of a model that serves.
pub struct Model {
    /// Its folder's name.
    pub name: String,
    /// Its version's folder's name.
    pub version: u64,
    /// Its engine and queue.
    pub batcher: Batcher,
}

/// How a model of the repository is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The model.
    pub name: String,
    /// A version that serves; none if none does.
    pub version: Option<u64>,
    /// Why what lies in the folder now isn't served, if so.
    pub fault: Option<String>,
}

/// The folder, and what of it is loaded.
pub struct Repository {
    folder: PathBuf,
    engines: Engines,
    metrics: Arc<Metrics>,
    entries: RwLock<BTreeMap<String, Entry>>,
}

#[derive(Default)]
struct Entry {
    /// Of the files as they were when last looked at.
    marks: Vec<Mark>,
    versions: Serving,
    fault: Option<String>,
}

/// The versions of a model that serve, by number.
type Serving = BTreeMap<u64, Arc<Model>>;

/// By what a changed file is known: path, length, time of the last change.
type Mark = (PathBuf, u64, SystemTime);

impl Repository {
    /// A repository of which nothing is loaded yet.
    pub fn new(folder: &Path, engines: Engines, metrics: Arc<Metrics>) -> Self {
        Self { folder: folder.into(), engines, metrics, entries: RwLock::default() }
    }

    /// The version of a model, or its highest one.
    pub fn get(&self, name: &str, version: Option<u64>) -> Option<Arc<Model>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let versions = &entries.get(name)?.versions;
        match version {
            Some(version) => versions.get(&version),
            None => versions.last_key_value().map(|(_, model)| model),
        }
        .cloned()
    }

    /// All versions of a model that serve, lowest first.
    pub fn versions(&self, name: &str) -> Vec<u64> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(name).map(|entry| entry.versions.keys().copied().collect()).unwrap_or_default()
    }

    /// How all models are doing, a line for each version that serves and for each fault.
    pub fn standings(&self) -> Vec<Standing> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let of_entry = |(name, entry): (&String, &Entry)| {
            let standing = |version| Standing { name: name.clone(), version, fault: entry.fault.clone() };
            let serving: Vec<_> = entry.versions.keys().map(|&version| standing(Some(version))).collect();
            if serving.is_empty() { vec![standing(None)] } else { serving }
        };
        entries.iter().flat_map(of_entry).collect()
    }

    /// Whether each model in the folder serves, and be it as it lay there before, and its device is there.
    pub fn is_ready(&self) -> bool {
        !self.has_lost_its_gpu() && self.standings().iter().all(|standing| standing.version.is_some())
    }

    /// Whether there was a GPU and is none any more.
    pub fn has_lost_its_gpu(&self) -> bool {
        self.engines.gpu.as_ref().is_some_and(|gpu| gpu.is_lost())
    }

    /// Looks at the folder, and loads and unloads what changed since the last look. Blocks while models load.
    ///
    /// # Errors
    /// If the folder itself can't be read. What is wrong with a model is told by [`Self::standings`].
    pub fn reload(&self) -> Result<(), String> {
        let found = self.find()?;
        let gone = |entries: &BTreeMap<String, Entry>| {
            entries.keys().filter(|name| !found.contains_key(*name)).cloned().collect::<Vec<_>>()
        };
        for (name, marks) in &found {
            let is_same =
                |entries: &BTreeMap<String, Entry>| entries.get(name).is_some_and(|entry| entry.marks == *marks);
            if is_same(&self.entries.read().unwrap_or_else(PoisonError::into_inner)) {
                continue;
            }
            let mut before = self.serving(name);
            before.retain(|version, _| self.folder.join(name).join(version.to_string()).is_dir());
            let (versions, faults) = self.load(name, &before).unwrap_or_else(|fault| (BTreeMap::new(), vec![fault]));
            let entry = Entry {
                marks: marks.clone(),
                versions: if versions.is_empty() { before } else { versions },
                fault: (!faults.is_empty()).then(|| faults.join("; ")),
            };
            let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
            let replaced = entries.insert(name.clone(), entry);
            // It runs its last requests, for which nobody else should wait.
            drop(entries);
            drop(replaced);
        }
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let removed: Vec<_> = gone(&entries).into_iter().filter_map(|name| entries.remove(&name)).collect();
        drop(entries);
        drop(removed);
        Ok(())
    }

    /// The folders of models, and the marks of their files.
    fn find(&self) -> Result<BTreeMap<String, Vec<Mark>>, String> {
        let say = |error: std::io::Error| format!("{}: {error}", self.folder.display());
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&self.folder).map_err(say)? {
            let entry = entry.map_err(say)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            if name.starts_with('.') || !name.chars().all(is_name) || !entry.path().is_dir() {
                continue;
            }
            let mut marks = Vec::new();
            mark(&entry.path(), MARKED_DEPTH, &mut marks);
            marks.sort();
            found.insert(name, marks);
        }
        Ok(found)
    }

    fn serving(&self, name: &str) -> Serving {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(name).map(|entry| entry.versions.clone()).unwrap_or_default()
    }

    /// A model's versions, and what is wrong with those that don't load.
    fn load(&self, name: &str, before: &Serving) -> Result<(Serving, Vec<String>), String> {
        let folder = self.folder.join(name);
        let path = folder.join("config.pbtxt");
        let config = match path.exists() {
            true => {
                let text = String::from_utf8(read_at_most(&path, MOST_CONFIG_BYTES)?)
                    .map_err(|_| format!("{} is not UTF-8", path.display()))?;
                Config::read(&text, name).map_err(|error| format!("{}: {error}", path.display()))?
            }
            false => Config::default(),
        };
        let is_version = |entry: fs::DirEntry| {
            let name = entry.file_name();
            let version: u64 = name.to_str()?.parse().ok()?;
            (name.to_str() == Some(&version.to_string()) && entry.path().is_dir()).then_some(version)
        };
        let say = |error: std::io::Error| format!("{}: {error}", folder.display());
        let found = fs::read_dir(&folder).map_err(say)?.filter_map(|entry| is_version(entry.ok()?)).collect();
        let (wanted, most) = config.versions.of(found);
        if wanted.is_empty() {
            return Err(format!("{} has no version to serve: a folder whose name is a number", folder.display()));
        }
        let (mut served, mut faults) = (BTreeMap::new(), Vec::new());
        for version in wanted {
            if served.len() >= most {
                break;
            }
            let opened = catch_unwind(AssertUnwindSafe(|| self.open(name, version, &config)));
            let opened = opened.unwrap_or_else(|_| Err("it made its engine panic while it was loaded".into()));
            let kept = opened.or_else(|fault| {
                faults.push(format!("version {version}: {fault}"));
                before.get(&version).cloned().ok_or(())
            });
            served.extend(kept.ok().map(|model| (version, model)));
        }
        Ok((served, faults))
    }

    /// A model's version, ready to run.
    fn open(&self, name: &str, version: u64, config: &Config) -> Result<Arc<Model>, String> {
        let folder = self.folder.join(name).join(version.to_string());
        let engine = self.engines.open(&folder, config)?;
        check_ports("input", &config.inputs, &engine.signature().inputs)?;
        check_ports("output", &config.outputs, &engine.signature().outputs)?;
        let most = engine.signature().most_at_once;
        let policy = Policy {
            most_at_once: config.max_batch_size.filter(|&wanted| wanted > 0).map_or(most, |wanted| wanted.min(most)),
            delay: config.delay.unwrap_or(Duration::ZERO),
            queue: config.queue.filter(|&most| most > 0).unwrap_or(QUEUE),
            bound: config.bound.filter(|bound| !bound.is_zero()),
        };
        let batcher = Batcher::new(engine, policy, self.metrics.of_model(name));
        Ok(Arc::new(Model { name: name.into(), version, batcher }))
    }
}

/// The marks of a folder's files, so many folders deep. What can't be read is no file.
fn mark(folder: &Path, depth: usize, marks: &mut Vec<Mark>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(about) = fs::metadata(entry.path()) else { continue };
        if about.is_dir() && depth > 1 {
            mark(&entry.path(), depth - 1, marks);
        } else if about.is_file() {
            marks.push((entry.path(), about.len(), about.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
        }
    }
}

pub(crate) fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let say = |error: std::io::Error| format!("{}: {error}", path.display());
    let length = fs::metadata(path).map_err(say)?.len();
    if length > limit {
        return Err(format!("{} has {length} bytes, at most {limit} are read", path.display()));
    }
    fs::read(path).map_err(say)
}

/// That what is written down of a model is so.
fn check_ports(what: &str, written: &[Named], own: &[Port]) -> Result<(), String> {
    for Named { name, datatype, dims } in written {
        let Some(port) = own.iter().find(|port| port.name == *name) else {
            return Err(format!("config.pbtxt: the model has no {what} `{name}`"));
        };
        let sides: Vec<i64> = port.shape.iter().map(|side| side.map_or(-1, |side| side as i64)).collect();
        let fits = sides.len() == dims.len() && sides.iter().zip(dims).all(|(side, dim)| side == dim || *side < 0);
        if port.datatype != *datatype || !fits {
            let own = port.datatype;
            return Err(format!("config.pbtxt: {what} `{name}` is {own} {sides:?}, not {datatype} {dims:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
