//! A GPU worker in a process of its own, which runs models on the CPU.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::stack::{program, root};

/// The bearer token that callers need.
pub const TOKEN: &str = "token of the tests' worker";
/// What calls are signed with.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A worker, which ends when this is dropped.
pub struct GpuWorker {
    folder: TempDir,
    process: Child,
    url: String,
}

impl GpuWorker {
    /// Starts one without models, which may call this origin back.
    pub fn start(callback_origin: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("models")).unwrap();
        let mut command = Command::new(program("verdigris-gpu-worker"));
        command.args(["--gpu", "none", "--listen", "127.0.0.1:0", "--reload", "1"]);
        command.arg("--models").arg(folder.path().join("models")).arg("--state-dir").arg(folder.path().join("state"));
        command.args(["--callback-origin", callback_origin]);
        command.env("VERDIGRIS_WORKER_TOKEN", TOKEN).env("VERDIGRIS_CALLBACK_SECRET", SECRET);
        let log = std::fs::File::create(folder.path().join("log.txt")).unwrap();
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap_or_default();
        let url = told["listening"].as_str().expect("the worker listens").to_owned();
        Self { folder, process, url }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts a model there: a file or a folder of the checkout, as its first version.
    pub fn put(&self, model: &str, from: &str, name: &str) {
        let version = self.folder.path().join("models").join(model).join("1");
        copy(&root().join(from), &version.join(name));
    }

    /// What `config.pbtxt` of a model says.
    pub fn configure(&self, model: &str, config: &str) {
        std::fs::write(self.folder.path().join("models").join(model).join("config.pbtxt"), config).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
        return;
    }
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

impl Drop for GpuWorker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log.txt")).unwrap_or_default();
            eprintln!("the GPU worker's log:\n{log}");
        }
    }
}
