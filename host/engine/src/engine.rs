//! wasmtime, set up once for all components of an application.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tracing::warn;
use wasmtime::component::{InstancePre, Linker};
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};
use wasmtime_wasi_http::handler::ProxyPre;
use wasmtime_wasi_http::{p2, p3};

use crate::bindings::Imports;
use crate::state::{Guest, State};
use crate::worker::{Busy, Factory};
use crate::{CompileCache, Component, Limits, LoadError, Reach};

/// The epoch clock's tick: how long a guest computes before others get a turn.
const TICK: Duration = Duration::from_millis(10);
/// The largest file that is taken for a component: 128 MiB.
const COMPONENT_BYTES: u64 = 128 << 20;
/// Compiles components and links them to what they can reach.
pub struct Engine {
    wasm: wasmtime::Engine,
    linker: Linker<State>,
    limits: Limits,
    busy: Busy,
}

/// A component that [`Engine::load`] made ready.
pub struct Loaded {
    /// The component.
    pub component: Component,
    /// Whether its machine code came from the cache.
    pub cached: bool,
    /// How long reading and compiling took.
    pub took: Duration,
}

impl Engine {
    /// Sets wasmtime up for an application of `components` components.
    ///
    /// # Errors
    /// When this machine does not allow it; the message says what wasmtime missed.
    pub fn new(limits: Limits, components: usize) -> Result<Self, LoadError> {
        let wrong = |error: wasmtime::Error| LoadError::Engine(format!("{error:#}"));
        let slots = slots(&limits, components);
        let wasm = wasmtime::Engine::new(&config(Some((slots, limits.memory_bytes))))
            .or_else(|error| {
                warn!(error = %format!("{error:#}"), "no memory pool; each instance gets its memory from the system, which is slower");
                wasmtime::Engine::new(&config(None))
            })
            .map_err(wrong)?;
        let linker = linker(&wasm).map_err(wrong)?;
        tick(&wasm)?;
        Ok(Self { wasm, linker, limits, busy: Busy::new() })
    }

    /// Reads, compiles (or takes from `cache`) and links the component in the file `path`.
    /// Takes seconds of CPU time the first time: call it where blocking is allowed.
    ///
    /// # Errors
    /// When the file can't be read, is no component, or imports what this host lacks.
    pub fn load(&self, path: &Path, cache: &CompileCache, reach: Reach) -> Result<Loaded, LoadError> {
        let started = Instant::now();
        let wasm = read(path)?;
        let (compiled, cached) = cache
            .compile(&self.wasm, &wasm)
            .map_err(|error| LoadError::Compile { path: path.to_owned(), reason: format!("{error:#}") })?;
        let link = |error: wasmtime::Error| LoadError::Link { path: path.to_owned(), reason: format!("{error:#}") };
        let pre = self.linker.instantiate_pre(&compiled).map_err(link)?;
        let mut limits = self.limits.clone();
        limits.concurrent_requests = reach.concurrent_requests.unwrap_or(usize::MAX).min(limits.concurrent_requests);
        let factory = Factory {
            engine: self.wasm.clone(),
            pre: handler(pre).map_err(link)?,
            name: Arc::from(reach.name.as_str()),
            reach: Arc::new(reach),
            limits,
            busy: self.busy.clone(),
            idle: Arc::default(),
        };
        Ok(Loaded { component: Component::new(factory), cached, took: started.elapsed() })
    }

    /// Resolves as soon as no instance has a request or work after its response.
    pub async fn idle(&self) {
        self.busy.none().await;
    }
}

/// Instances that may live at the same time: twice the requests, because one that works on
/// after its response is not available to the next request.
fn slots(limits: &Limits, components: usize) -> u32 {
    let slots = limits.concurrent_requests.saturating_mul(components.max(1)).saturating_mul(2);
    u32::try_from(slots).unwrap_or(u32::MAX).clamp(4, 4096)
}

fn config(pool: Option<(u32, usize)>) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .wasm_component_model_async(true)
        .epoch_interruption(true)
        .parallel_compilation(true);
    if let Some((slots, memory_bytes)) = pool {
        let mut pool = PoolingAllocationConfig::new();
        // A component is several core modules: the program, and shims between it and WASI.
        pool.total_component_instances(slots)
            .total_core_instances(slots * 8)
            .total_memories(slots * 2)
            .total_tables(slots * 4)
            .total_stacks(slots * 4)
            .max_core_instances_per_component(32)
            .max_memories_per_component(4)
            .max_tables_per_component(16)
            .max_memory_size(memory_bytes);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}

fn linker(wasm: &wasmtime::Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(wasm);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    p2::add_only_http_to_linker_async(&mut linker)?;
    p3::add_to_linker(&mut linker)?;
    Imports::add_to_linker::<_, Guest>(&mut linker, State::guest)?;
    Ok(linker)
}

/// Finds which generation of `wasi:http` a component serves.
fn handler(pre: InstancePre<State>) -> wasmtime::Result<ProxyPre<State>> {
    let newer = p3::bindings::ServicePre::new(pre.clone());
    match newer {
        Ok(pre) => Ok(ProxyPre::P3(pre)),
        Err(error) => match p2::bindings::ProxyPre::new(pre) {
            Ok(pre) => Ok(ProxyPre::P2(pre)),
            Err(_) => Err(error.context("it exports neither wasi:http/handler@0.3 nor wasi:http/incoming-handler@0.2")),
        },
    }
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let wrong = |reason| LoadError::Read { path: path.to_owned(), reason };
    let file = fs::File::open(path).map_err(wrong)?;
    let bytes = file.metadata().map_err(wrong)?.len();
    if bytes > COMPONENT_BYTES {
        return Err(LoadError::TooLarge { path: path.to_owned(), bytes, limit: COMPONENT_BYTES });
    }
    let mut wasm = Vec::new();
    file.take(COMPONENT_BYTES).read_to_end(&mut wasm).map_err(wrong)?;
    Ok(wasm)
}

/// Starts the thread that moves the epoch on, for as long as the engine lives.
fn tick(wasm: &wasmtime::Engine) -> Result<(), LoadError> {
    let wasm = wasm.weak();
    thread::Builder::new()
        .name("epoch".to_owned())
        .spawn(move || {
            while let Some(wasm) = wasm.upgrade() {
                wasm.increment_epoch();
                drop(wasm);
                thread::sleep(TICK);
            }
        })
        .map(drop)
        .map_err(|error| LoadError::Engine(format!("the clock's thread: {error}")))
}
