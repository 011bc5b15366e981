//! `cargo xtask bench`: measures every figure beside its peers in one run, prints a table, writes `bench.json`.

use std::fs;
use std::process::Command;

use serde_json::{Map, Value};

use crate::build;
use crate::gas;
use crate::place::{build_folder, native_program, root};
use crate::python::{self, GPU_CLIENTS};
use crate::setup::{browser, set_up};
use crate::step::{Outcome, cargo, output, program, run, step, unless_done};

type Figures = Map<String, Value>;

/// One thing that can be measured: how its figures' names start, what it is, and how it is done.
type Measurement = (&'static [&'static str], &'static str, fn() -> Result<Figures, String>);

const MEASUREMENTS: [Measurement; 12] = [
    (&["wasm_renderer"], "size of the renderer in the browser", renderer_size),
    (&["web_component"], "size of the web component, its renderer with it", component_size),
    (&["worker_gzip"], "size of the Cloudflare Worker", worker_size),
    (&["render", "pixel_root"], "drawing 512² in WebAssembly, beside ONNX Runtime Web and tract", rendering),
    (&["atlas", "render_1024", "wasm_gmacs", "native"], "the art model, beside ONNX Runtime and tract", art),
    (&["workers", "render_1024_workers"], "the page's workers sharing a picture, in Chromium", workers),
    (&["instantiate", "component"], "starting a component in the host", instantiation),
    (&["evm"], "gas of running a model inside the chain, and of a token's life", gas::measure),
    (&["webhook"], "from webhook to transaction, on the local stack", pipeline),
    (&["gallery", "first_picture", "scroll"], "the gallery in Chromium, against a running stack", gallery),
    (&["gpu"], "batches of the GPU worker on this CPU, beside one request at a time", batching),
    (&["events", "memory", "node"], "events per second and per core, beside an orchestrator in Node", events),
];

/// Ten minutes of a steady load: only measured when it is asked for by name.
const SOAK: Measurement = (&["soak"], "ten minutes of events, and the memory that they take", soak);

/// Measures what has a figure whose name starts with one of `names` (all, if there are none).
pub fn bench(names: &[String]) -> Outcome {
    let is_wanted = |prefixes: &[&str], name: &String| {
        prefixes.iter().any(|prefix| prefix.starts_with(name.as_str()) || name.starts_with(prefix))
    };
    let all = || MEASUREMENTS.into_iter().chain([SOAK]);
    if let Some(unknown) = names.iter().find(|name| !all().any(|(prefixes, ..)| is_wanted(prefixes, name))) {
        return Err(format!("no figure's name starts with `{unknown}`"));
    }
    set_up()?;
    build::native()?;
    build::all()?;
    let mut figures = if names.is_empty() { Figures::new() } else { read_earlier() };
    for (prefixes, title, measure) in all() {
        let by_default = names.is_empty() && title != SOAK.1;
        if by_default || names.iter().any(|name| is_wanted(prefixes, name)) {
            step(title, || {
                let measured = measure()?;
                for (name, value) in &measured {
                    println!("{name:<44} {value:>14}");
                }
                figures.extend(measured);
                Ok(())
            })?;
        }
    }
    let file = build_folder().join("bench.json");
    let text = serde_json::to_string_pretty(&figures).map_err(|error| error.to_string())?;
    fs::write(&file, text + "\n").map_err(|error| format!("{}: {error}", file.display()))?;
    eprintln!("figures are in {}", file.display());
    Ok(())
}

/// A run of some measurements leaves the other figures as they were.
fn read_earlier() -> Figures {
    let earlier = fs::read_to_string(build_folder().join("bench.json")).unwrap_or_default();
    serde_json::from_str(&earlier).unwrap_or_default()
}

fn renderer_size() -> Result<Figures, String> {
    gzip_bytes("wasm_renderer_gzip_bytes", "web/sdk/src/generated/renderer", &["renderer_bg.wasm", "renderer.js"])
}

fn component_size() -> Result<Figures, String> {
    gzip_bytes("web_component_gzip_bytes", "web/component/dist", &["verdigris-art.wasm", "verdigris-art.js"])
}

fn worker_size() -> Result<Figures, String> {
    build::cloudflare()?;
    gzip_bytes("worker_gzip_bytes", "target/cloudflare", &["functions_bg.wasm", "worker.mjs"])
}

/// How large files are that are sent compressed, each by itself.
fn gzip_bytes(figure: &str, folder: &str, files: &[&str]) -> Result<Figures, String> {
    let script = "const z=require('zlib'),f=require('fs'),[name,...files]=process.argv.slice(1);console.log(JSON.stringify({[name]:files.map(p=>z.gzipSync(f.readFileSync(p),{level:9}).length).reduce((a,b)=>a+b)}))";
    let folder = root().join(folder);
    figures(program("node", &["-e", script, figure]).args(files.iter().map(|file| folder.join(file))))
}

fn rendering() -> Result<Figures, String> {
    let form = root().join(".verdigris/genesis.vdgn");
    let onnx = "models/genesis/genesis.onnx";
    output(program(native_program("verdigris"), &["certify", onnx, "--output"]).arg(&form))?;
    let mut found = figures(program("node", &["xtask/bench/render.mjs"]).arg(&form).arg(onnx))?;
    found.extend(native_rendering(&["render_512"])?);
    let of = |name: &str| found.get(name).and_then(Value::as_f64).ok_or(format!("no figure called {name}"));
    let ours = of("render_512_ms")?;
    let full = of("render_512_full_ms")?;
    let (onnxruntime, tract) = (of("render_512_onnxruntime_web_ms")?, of("render_512_tract_native_ms")?);
    found.insert("render_512_vs_onnxruntime_web".into(), rounded(onnxruntime / ours));
    found.insert("render_512_vs_tract_native".into(), rounded(tract / ours));
    found.insert("render_512_vs_best_peer".into(), rounded(onnxruntime.min(tract) / ours));
    // The peers skip no zeros: on a network of these shapes they take this long whatever its weights are.
    found.insert("render_512_full_vs_best_peer".into(), rounded(onnxruntime.min(tract) / full));
    Ok(found)
}

/// The art model: the browser's renderer at 1024², every native kernel, tract and ONNX Runtime, one thread each.
fn art() -> Result<Figures, String> {
    let (networks, peers) = (root().join(".verdigris/networks"), root().join(".verdigris/peers"));
    let mut found = native_rendering(&["atlas", "native"])?;
    fs::create_dir_all(&peers).map_err(|error| format!("{}: {error}", peers.display()))?;
    let install = ["install", "--silent", "--no-save", "--ignore-scripts", "onnxruntime-node@1.30.0", "--prefix"];
    output(program("npm", &install).arg(&peers))?;
    let multiply_adds = found.remove("atlas_multiply_adds").ok_or("the network's cost was not told")?.to_string();
    let mut measured =
        program("node", &["xtask/bench/atlas.mjs", "models/atlas/atlas.vdgn", "models/atlas/atlas.onnx"]);
    found.extend(figures(measured.arg(multiply_adds).arg(&networks).arg(&peers))?);
    let of = |name: &str| found.get(name).and_then(Value::as_f64);
    let kernels = ["avx512", "avx2", "scalar"];
    let measured =
        |start: &str, end: &str| kernels.map(|kernel| of(&format!("{start}{kernel}{end}"))).into_iter().flatten();
    let ours = measured("atlas_512_native_", "_ms").reduce(f64::min).ok_or("no native kernel was measured")?;
    let gmacs = measured("native_", "_gmacs").reduce(f64::max).ok_or("no native kernel was measured")?;
    let tract = of("atlas_512_tract_native_ms").ok_or("tract was not measured")?;
    let onnxruntime = of("atlas_512_onnxruntime_native_ms").ok_or("ONNX Runtime was not measured")?;
    found.insert("native_gmacs".into(), rounded(gmacs));
    found.insert("native_vs_tract".into(), rounded(tract / ours));
    found.insert("native_vs_onnxruntime".into(), rounded(onnxruntime / ours));
    Ok(found)
}

/// The built page at 1024², with one worker and with as many as there are cores.
fn workers() -> Result<Figures, String> {
    browser()?;
    figures(program("node", &["xtask/bench/workers.mjs", "models/atlas/atlas.vdgn"]).current_dir(root()))
}

/// Fully optimised, as a user of tract would build it. Keeps the figures whose names start so.
fn native_rendering(names: &[&str]) -> Result<Figures, String> {
    let networks = root().join(".verdigris/networks");
    fs::create_dir_all(&networks).map_err(|error| format!("{}: {error}", networks.display()))?;
    let mut run = cargo(&["run", "--quiet", "--release", "--package=verdigris-certify", "--example=bench", "--"]);
    let measured = figures(run.arg(&networks))?;
    Ok(measured.into_iter().filter(|(name, _)| names.iter().any(|start| name.starts_with(start))).collect())
}

fn instantiation() -> Result<Figures, String> {
    figures(
        program(native_program("verdigris-host"), &["--manifest=spin.toml", "--bench-instantiate=2000"])
            .arg(format!("--state-dir={}", root().join(".verdigris/bench").display())),
    )
}

fn pipeline() -> Result<Figures, String> {
    figures(&mut cargo(&["run", "--quiet", "--package=verdigris-tests", "--bin=webhook-to-tx"]))
}

/// The peer draws the same pixels: its own test says so, before it is measured.
fn events() -> Result<Figures, String> {
    let peer = "--prefix=bench/peer-node";
    // Its packages' scripts would look for CUDA on the network; what runs on the CPU is in the packages.
    let install = ["ci", peer, "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"];
    unless_done("bench/peer-node/node_modules", &["bench/peer-node/package-lock.json"], || {
        run(&mut program("npm", &install))
    })?;
    output(&mut program("npm", &["test", peer, "--silent"]))?;
    load("events")
}

fn gallery() -> Result<Figures, String> {
    load("gallery")
}

fn batching() -> Result<Figures, String> {
    let environment = python::environment(GPU_CLIENTS.0, GPU_CLIENTS.1)?;
    run(&mut cargo(&["build", "--quiet", "--release", "--package=verdigris-gpu-worker", "--bins", "--examples"]))?;
    let release = build_folder().join("release");
    figures(
        program(environment.join("bin/python"), &["bench/gpu/batching.py"])
            .arg(release.join("examples/load"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("VERDIGRIS_CERTIFY", native_program("verdigris-certify"))
            .env("VERDIGRIS_GPU_WORKER", release.join("verdigris-gpu-worker")),
    )
}

fn soak() -> Result<Figures, String> {
    load("soak")
}

/// One of the tests' programs, on a stack whose host is fully optimised, as whoever runs it would build it.
fn load(name: &str) -> Result<Figures, String> {
    run(&mut cargo(&["build", "--quiet", "--release", "--package=verdigris-host"]))?;
    let host = build_folder().join("release/verdigris-host");
    figures(program(native_program(name), &[]).env("VERDIGRIS_HOST", host))
}

/// Runs a program whose last line of output is a flat JSON map.
fn figures(command: &mut Command) -> Result<Figures, String> {
    let printed = output(command)?;
    let last = printed.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|error| format!("the last line is no map of figures ({error}): {last}"))
}

fn rounded(ratio: f64) -> Value {
    ((ratio * 100.0).round() / 100.0).into()
}
