//! The functions in a process of their own that a test may kill: as Spin components in the host, or as the Worker in
//! workerd. Both are told the same, keep what they know in a folder, and come back on the same port.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;

use crate::http::{Answer, try_post};
use crate::simulator;
use crate::stack::{PATIENCE, Stack, program, root};

/// The bearer token of sweep.
pub const SWEEP_TOKEN: &str = "token of the tests' timer";
/// The local chain's published key that pays for transactions.
pub const SENDER_KEY: &str = "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
/// The local chain's published key that signs receipts.
const ATTESTATION_KEY: &str = "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6";

/// What runs the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Spin components in the host.
    Host,
    /// A Cloudflare Worker in workerd.
    Worker,
}

/// Both platforms.
pub const PLATFORMS: [Platform; 2] = [Platform::Host, Platform::Worker];

/// What the functions are told, by the settings' names in spin.toml.
#[derive(Clone, Debug)]
pub struct Settings(Vec<(&'static str, String)>);

impl Settings {
    /// Of a deployment that no provider is set up for, and whose chain can't be reached.
    pub fn bare() -> Self {
        let nobody = format!("0x{}", "11".repeat(20));
        Self(vec![])
            .with("chain_id", "31337")
            .with("rpc_url", "http://127.0.0.1:9")
            .with("hub", &nobody)
            .with("consumers", &nobody)
            .with("start_block", "0")
            .with("attestation_key", ATTESTATION_KEY)
            .with("sender_key", SENDER_KEY)
            .with("sweep_token", SWEEP_TOKEN)
            .with("alchemy_signing_key", "")
    }

    /// Of a stack, with every provider's secret.
    pub fn of(stack: &Stack) -> Self {
        Self::bare()
            .with("rpc_url", stack.url("rpcUrl"))
            .with("hub", stack.url("hub"))
            .with("consumers", stack.url("art"))
            .with("pinners", "kubo")
            .with("kubo_url", stack.url("gateway"))
            .with_providers()
    }

    /// The same, with every provider's secret.
    pub fn with_providers(self) -> Self {
        let secrets = simulator::ALL.map(simulator::Provider::secret);
        secrets.iter().fold(self, |told, (name, secret)| told.with(name, secret))
    }

    /// The same, but for one.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value.to_owned()));
        self
    }

    fn variables(&self) -> impl Iterator<Item = (String, &str)> {
        self.0.iter().map(|(name, value)| (format!("SPIN_VARIABLE_{}", name.to_uppercase()), value.as_str()))
    }
}

/// The functions, which end when this is dropped.
pub struct Functions {
    platform: Platform,
    settings: Settings,
    sweep_seconds: u64,
    folder: TempDir,
    url: String,
    process: Mutex<Option<Child>>,
    timer: Option<Timer>,
}

impl Functions {
    /// Starts them and waits until they listen; sweep runs every so many seconds, or only when asked for if that is 0.
    pub fn start(platform: Platform, settings: Settings, sweep_seconds: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (process, url) = launch(command(platform, &settings, sweep_seconds, folder.path(), 0), folder.path());
        // Cloudflare brings a timer of its own.
        let timer = (platform == Platform::Host && sweep_seconds > 0).then(|| Timer::start(&url, sweep_seconds));
        Self { platform, settings, sweep_seconds, folder, url, process: Mutex::new(Some(process)), timer }
    }

    /// Where they listen.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `kill -9` of everything that runs them.
    pub fn kill(&self) {
        if let Some(mut process) = self.process.lock().unwrap().take() {
            let group = Pid::from_raw(process.id().cast_signed()).unwrap();
            let _ = kill_process_group(group, Signal::KILL);
            process.wait().unwrap();
        }
    }

    /// Starts them again on what they kept.
    pub fn restart(&self) {
        self.kill();
        let port = self.url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap();
        let again = command(self.platform, &self.settings, self.sweep_seconds, self.folder.path(), port);
        *self.process.lock().unwrap() = Some(launch(again, self.folder.path()).0);
    }

    /// Has them sweep; `Err` if they can't be reached.
    pub fn sweep(&self) -> Result<Answer, ureq::Error> {
        sweep(&self.url)
    }

    /// Their last lines.
    pub fn last_words(&self, lines: usize) -> String {
        self.last_words_about("", lines)
    }

    /// Their last lines in which something is named.
    pub fn last_words_about(&self, what: &str, lines: usize) -> String {
        let log = std::fs::read(log_file(self.folder.path())).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let end: Vec<&str> = log.lines().rev().filter(|line| line.contains(what)).take(lines).collect();
        end.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        self.timer.take();
        self.kill();
        if std::thread::panicking() {
            eprintln!("the last words of the functions ({:?}):\n{}", self.platform, self.last_words(40));
        }
    }
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("functions.log")
}

fn command(platform: Platform, settings: &Settings, sweep_seconds: u64, folder: &Path, port: u16) -> Command {
    let state = folder.join("state");
    let mut command = match platform {
        Platform::Host => {
            let mut host = Command::new(program("verdigris-host"));
            host.args(["--manifest", "spin.toml", "--cache-dir", ".verdigris/components"]);
            host.arg("--listen").arg(format!("127.0.0.1:{port}")).arg("--state-dir").arg(state);
            host
        }
        Platform::Worker => {
            let mut node = Command::new("node");
            node.args(["functions/edge/tests/serve.mjs", "--sweep-seconds", &sweep_seconds.to_string()]);
            node.args(["--port", &port.to_string()]).arg("--state-dir").arg(state);
            node
        }
    };
    // The host's manifest gives what isn't set a value that counts as missing; an empty one would be a host's name.
    let is_set = |value: &str| platform == Platform::Worker || !value.is_empty();
    command.envs(settings.variables().filter(|(_, value)| is_set(value)));
    command.current_dir(root());
    command
}

/// Starts the program as a group of processes of its own, and reads from its first line where it listens. It holds the
/// other end of the Worker's standard input, so that the Worker ends if this process does.
fn launch(mut command: Command, folder: &Path) -> (Child, String) {
    let log = File::options().create(true).append(true).open(log_file(folder)).unwrap();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).process_group(0);
    let mut process = command.spawn().unwrap();
    let stdout = process.stdout.take().unwrap();
    let (told, hears) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(stdout).read_line(&mut line);
        let _ = told.send(line);
    });
    let line = hears.recv_timeout(PATIENCE).unwrap_or_default();
    let told: Value = serde_json::from_str(&line).unwrap_or_default();
    let Some(url) = told["listening"].as_str() else {
        let group = Pid::from_raw(process.id().cast_signed()).unwrap();
        let _ = (kill_process_group(group, Signal::KILL), process.wait());
        let log = std::fs::read_to_string(log_file(folder)).unwrap_or_default();
        panic!("the functions didn't start; first line {line:?}, log:\n{log}");
    };
    (process, url.to_owned())
}

fn sweep(url: &str) -> Result<Answer, ureq::Error> {
    try_post(&format!("{url}/sweep"), &[("authorization", &format!("Bearer {SWEEP_TOKEN}"))], b"")
}

/// What calls `POST /sweep`, where the platform has no timer of its own.
struct Timer {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Timer {
    fn start(url: &str, seconds: u64) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (over, url) = (Arc::clone(&is_over), url.to_owned());
        let thread = std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                // Nobody answers while they are down.
                let _ = sweep(&url);
                std::thread::park_timeout(Duration::from_secs(seconds));
            }
        });
        Self { is_over, thread: Some(thread) }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
