//! A stack of a test's own: `verdigris up` on free ports, with its state in a temporary folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alloy_primitives::Address;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use verdigris_core::abi::ISeedArt::Stage;

use crate::chain;

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A running stack, which ends when this is dropped.
pub struct Stack {
    process: Child,
    folder: TempDir,
    /// What the stack wrote down about itself.
    pub endpoints: Value,
}

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A program that `cargo xtask build native` made: these tests lie in `…/debug/deps`, the program one folder up.
pub fn program(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let built = here.ancestors().map(|folder| folder.join(name)).find(|path| path.is_file());
    built.unwrap_or_else(|| panic!("no {name} beside {}; run `cargo xtask build`", here.display()))
}

/// `verdigris` with these arguments, in the checkout.
pub fn verdigris(arguments: &[&str]) -> Command {
    let mut command = Command::new(program("verdigris"));
    command.current_dir(root()).args(arguments).stdin(Stdio::null());
    command
}

impl Stack {
    /// Starts a stack with more flags for `verdigris up`, and waits until it runs.
    pub fn start(flags: &[&str]) -> Self {
        Self::start_with(flags, &[])
    }

    /// The same, with variables in the environment of all that runs in it.
    pub fn start_with(flags: &[&str], variables: &[(String, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = verdigris(&["up", "--any-ports", "--state-dir"]);
        command.arg(folder.path().join("stack")).args(flags).envs(variables.iter().cloned());
        let mut process = command.spawn().unwrap();
        let file = folder.path().join("stack/endpoints.json");
        let start = Instant::now();
        while !file.exists() {
            assert!(start.elapsed() < PATIENCE, "the stack did not start");
            if let Some(status) = process.try_wait().unwrap() {
                panic!("the stack ended with {status}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let endpoints = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        Self { process, folder, endpoints }
    }

    /// One of the stack's endpoints, by its name in `endpoints.json`.
    pub fn url(&self, name: &str) -> &str {
        self.endpoints[name].as_str().unwrap_or_else(|| panic!("no endpoint is called {name}"))
    }

    /// The address of a contract.
    pub fn address(&self, name: &str) -> Address {
        self.url(name).parse().unwrap()
    }

    /// Folder of the stack's state.
    pub fn state_dir(&self) -> PathBuf {
        self.folder.path().join("stack")
    }

    /// Runs `verdigris` against this stack; gives its exit code and what it printed.
    pub fn verdigris(&self, arguments: &[&str]) -> (i32, String) {
        let output = verdigris(arguments).arg("--state-dir").arg(self.state_dir()).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap_or(-1), printed)
    }

    /// What the watcher beside the functions has said so far.
    pub fn watcher_log(&self) -> String {
        std::fs::read_to_string(self.state_dir().join("watcher.log")).unwrap_or_default()
    }

    /// Starts one more watcher, which asks the chain at `rpc_url`.
    pub fn watch(&self, rpc_url: &str) -> Watcher {
        let log = self.folder.path().join("another-watcher.log");
        let mut command = verdigris(&["challenge", "--watch", "--poll-ms", "200", "--rpc-url", rpc_url, "--state-dir"]);
        let process = command.arg(self.state_dir()).stdout(File::create(&log).unwrap()).spawn().unwrap();
        Watcher { process, log }
    }

    /// Mints tokens.
    pub fn mint(&self, count: u64) {
        let (code, printed) = self.verdigris(&["mint", "--count", &count.to_string()]);
        assert_eq!(code, 0, "{printed}");
    }

    /// Waits until a token has its picture.
    pub fn fulfilled(&self, token: u64) {
        wait_until(&format!("fulfilment of token {token}"), || {
            matches!(chain::token(self.url("rpcUrl"), self.address("art"), token).stage, Stage::Fulfilled)
        });
    }

    /// Process id of the host that runs the functions.
    pub fn functions_pid(&self) -> u32 {
        std::fs::read_to_string(self.state_dir().join("functions.pid")).unwrap().trim().parse().unwrap()
    }

    /// `kill -9` of the host that runs the functions; the stack starts it again.
    pub fn kill_functions(&self) {
        kill_process(Pid::from_raw(self.functions_pid().cast_signed()).unwrap(), Signal::KILL).unwrap();
    }

    /// The stack's process id.
    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.process.id().cast_signed()).unwrap()
    }

    /// Asks the stack to end, as Ctrl-C does, and waits until it has.
    pub fn interrupt(mut self) -> std::process::ExitStatus {
        kill_process(self.pid(), Signal::INT).unwrap();
        self.process.wait().unwrap()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = kill_process(self.pid(), Signal::TERM);
            let _ = self.process.wait();
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.state_dir().join("functions.log")).unwrap_or_default();
            let end: Vec<&str> = log.lines().rev().take(40).collect();
            eprintln!("the functions' last words:\n{}", end.into_iter().rev().collect::<Vec<_>>().join("\n"));
            eprintln!("the watcher's words:\n{}", self.watcher_log());
        }
    }
}

/// A running watcher, which ends when this is dropped.
pub struct Watcher {
    process: Child,
    log: PathBuf,
}

impl Watcher {
    /// What it has said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = (self.process.kill(), self.process.wait());
        if std::thread::panicking() {
            eprintln!("the other watcher's words:\n{}", self.log());
        }
    }
}

/// Waits until something holds.
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what} did not come within {} s", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(50));
    }
}
