//! From a version's folder to an engine that is known to compute what it should.

use std::path::Path;
use std::sync::Arc;

use verdigris_model::Network;
use verdigris_model::network::MAX_CANONICAL_BYTES;

use super::{Config, read_at_most};
use crate::diffusion::Pipeline;
use crate::engine::{
    DiffusionEngine, Engine, EngineError, ExactEngine, OnnxRuntime, PictureEngine, RuntimeEngine, TractEngine,
};
use crate::exact::Gpu;
use crate::protocol::Example;

/// The file of an exact network: its canonical form.
const EXACT_FILE: &str = "model.vdgn";
/// The file of any other network.
const ONNX_FILE: &str = "model.onnx";
/// The file by which a pipeline is known.
const PIPELINE_FILE: &str = "model_index.json";
/// Vectors of a certified model (`verdigris certify --vectors`): one to a line.
const VECTORS_FILE: &str = "vectors.jsonl";
/// Most bytes of it.
const MOST_VECTOR_BYTES: u64 = 64 << 20;

/// What models can run on.
#[derive(Clone, Default)]
pub struct Engines {
    /// Runs exact networks; without one, this CPU does.
    pub gpu: Option<Arc<Gpu>>,
    /// Runs ONNX files; without it, tract does.
    pub runtime: Option<Arc<OnnxRuntime>>,
}

impl Engines {
    /// Makes the model in a version's folder ready, and runs it on its vectors if it has any. With the parameter `exact`
    /// (`"true"`) it must have some.
    pub(super) fn open(&self, folder: &Path, config: &Config) -> Result<Arc<dyn Engine>, String> {
        let engine = self.choose(folder, config)?;
        let path = folder.join(VECTORS_FILE);
        if path.exists() {
            check(engine.as_ref(), &path)?;
        } else if config.says("exact", "true") {
            return Err(format!("it says that it is exact, but {} is missing", path.display()));
        }
        Ok(engine)
    }

    fn choose(&self, folder: &Path, config: &Config) -> Result<Arc<dyn Engine>, String> {
        let path = |usual: &str| folder.join(config.file.as_deref().unwrap_or(usual));
        match config.backend.as_deref() {
            None if config.file.as_ref().is_some_and(|file| !file.ends_with(".vdgn")) => {
                self.onnx(&path(ONNX_FILE), config.max_batch_size)
            }
            None if path(EXACT_FILE).exists() => self.exact(&path(EXACT_FILE), config.says("task", "picture")),
            None if path(ONNX_FILE).exists() => self.onnx(&path(ONNX_FILE), config.max_batch_size),
            None if folder.join(PIPELINE_FILE).exists() => self.diffusion(folder, config),
            None => {
                let what = folder.display();
                Err(format!("{what} has none of {EXACT_FILE}, {ONNX_FILE} and {PIPELINE_FILE}"))
            }
            Some("diffusion") => self.diffusion(folder, config),
            Some("verdigris") => self.exact(&path(EXACT_FILE), config.says("task", "picture")),
            Some("onnxruntime" | "onnxruntime_onnx") => self.onnx(&path(ONNX_FILE), config.max_batch_size),
            Some("tract") => by_tract(&path(ONNX_FILE), config.max_batch_size),
            Some(other) => {
                Err(format!("its backend is `{other}`; there are: verdigris, onnxruntime, tract, diffusion"))
            }
        }
    }

    fn exact(&self, path: &Path, draws: bool) -> Result<Arc<dyn Engine>, String> {
        let bytes = read_at_most(path, MAX_CANONICAL_BYTES as u64)?;
        let network = Network::from_bytes(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        let (network, gpu) = (Arc::new(network), self.gpu.clone());
        let engine: Result<Arc<dyn Engine>, EngineError> = match draws {
            true => PictureEngine::new(network, gpu).map(|engine| Arc::new(engine) as _),
            false => ExactEngine::new(network, gpu).map(|engine| Arc::new(engine) as _),
        };
        engine.map_err(|error| format!("{}: {error}", path.display()))
    }

    fn onnx(&self, path: &Path, max_batch_size: Option<usize>) -> Result<Arc<dyn Engine>, String> {
        let Some(runtime) = &self.runtime else { return by_tract(path, max_batch_size) };
        let engine = RuntimeEngine::new(runtime, path, max_batch_size);
        Ok(Arc::new(engine.map_err(|error| format!("{}: {error}", path.display()))?))
    }
}

impl Engines {
    fn diffusion(&self, folder: &Path, config: &Config) -> Result<Arc<dyn Engine>, String> {
        // Its parts know no batches: their first sides are what it makes of them.
        let open = |path: &Path| self.onnx(path, Some(0));
        let pipeline = Pipeline::read(folder, config.says("prompts", "any"), config.says("safety", "off"), open);
        let pipeline = pipeline.map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Arc::new(DiffusionEngine::new(pipeline)))
    }
}

fn by_tract(path: &Path, max_batch_size: Option<usize>) -> Result<Arc<dyn Engine>, String> {
    let engine = TractEngine::new(path, max_batch_size);
    Ok(Arc::new(engine.map_err(|error| format!("{}: {error}", path.display()))?))
}

/// Refuses an engine that doesn't give a vector's outputs to the last bit.
fn check(engine: &dyn Engine, path: &Path) -> Result<(), String> {
    let text = read_at_most(path, MOST_VECTOR_BYTES)?;
    let lines = text.split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
    let mut checked = 0;
    for (index, line) in lines {
        let at = |reason: String| format!("{} line {}: {reason}", path.display(), index + 1);
        let example = Example::read(line, MOST_VECTOR_BYTES as usize).map_err(|error| at(error.to_string()))?;
        let (inputs, _) = engine.signature().arrange(example.inputs).map_err(|error| at(error.to_string()))?;
        let made = engine.run(&inputs, &|| true).map_err(|error| at(error.to_string()))?;
        if let Some(port) =
            engine.signature().outputs.iter().find(|port| !example.outputs.iter().any(|t| t.name == port.name))
        {
            return Err(at(format!("it says nothing of the output `{}`", port.name)));
        }
        for right in &example.outputs {
            let found = made.iter().find(|tensor| tensor.name == right.name);
            let found = found.ok_or_else(|| at(format!("the model has no output `{}`", right.name)))?;
            if found != right {
                let width = right.datatype.width().unwrap_or(1);
                let pairs = found.data.chunks(width).zip(right.data.chunks(width));
                let (wrong, count) = (pairs.filter(|(one, other)| one != other).count(), right.count());
                let (engine, name, shape) = (engine.name(), &right.name, &found.shape);
                return Err(at(format!(
                    "{engine} gives another `{name}`, of {shape:?}, with {wrong} of {count} elements wrong: it is not exact"
                )));
            }
        }
        checked += 1;
    }
    if checked == 0 { Err(format!("{} holds no vector", path.display())) } else { Ok(()) }
}
