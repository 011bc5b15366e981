//! Starts a host for a test, talks to it, and ends it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tempfile::TempDir;

/// No wait of a test is longer than this.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Two routes to one component (`front`, which may reach `back` and 127.0.0.1), and `back`,
/// which may reach nothing and is private.
const MANIFEST: &str = r#"
spin_manifest_version = 2
[application]
name = "host-tests"

[variables]
upstream = { default = "http://127.0.0.1:1" }
greeting = { default = "hello" }
token = { required = true, secret = true }

[[trigger.http]]
route = "/front/..."
component = "front"

[[trigger.http]]
route = "/users/:name/describe"
component = "front"

[[trigger.http]]
route = "/exact/served"
component = "front"

[[trigger.http]]
route = { private = true }
component = "back"

[component.front]
source = "GUEST"
allowed_outbound_hosts = ["{{ upstream }}", "http://back.spin.internal", "http://front.spin.internal", "http://nobody.spin.internal"]
key_value_stores = ["default", "other"]
environment = { PLACE = "a test" }
[component.front.variables]
sentence = "{{ greeting }}, world"
token = "{{ token }}"

[component.back]
source = "GUEST"
key_value_stores = ["default"]
"#;

/// How to start a host.
pub struct Launch {
    folder: Arc<TempDir>,
    manifest: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    cache: PathBuf,
}

impl Launch {
    /// A host with a folder of its own and the manifest above.
    pub fn new() -> Self {
        Self::of(&guests().main)
    }

    fn of(guest: &Path) -> Self {
        Self {
            folder: Arc::new(tempfile::tempdir().unwrap()),
            manifest: MANIFEST.replace("GUEST", &guest.display().to_string()),
            arguments: Vec::new(),
            environment: vec![("SPIN_VARIABLE_TOKEN".into(), "s3cret".into())],
            cache: cache(),
        }
    }

    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Lets `front` send requests to `upstream`.
    pub fn upstream(mut self, upstream: &str) -> Self {
        self.environment.push(("SPIN_VARIABLE_UPSTREAM".into(), upstream.into()));
        self
    }

    pub fn edit(mut self, from: &str, to: &str) -> Self {
        assert!(self.manifest.contains(from), "{from}");
        self.manifest = self.manifest.replace(from, to);
        self
    }

    pub fn manifest_text(&self) -> &str {
        &self.manifest
    }

    pub fn without_environment(mut self) -> Self {
        self.environment.clear();
        self
    }

    pub fn own_cache(mut self) -> (Self, PathBuf) {
        self.cache = self.folder.path().join("cwasm");
        let cache = self.cache.clone();
        (self, cache)
    }

    fn command(&self) -> Command {
        let manifest = self.folder.path().join("spin.toml");
        fs::write(&manifest, &self.manifest).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_verdigris-host"));
        command
            .args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"])
            .arg("--manifest")
            .arg(manifest)
            .arg("--state-dir")
            .arg(self.folder.path().join("state"))
            .arg("--cache-dir")
            .arg(&self.cache)
            .args(&self.arguments)
            .env_remove("RUST_LOG")
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts the host and waits until it listens.
    pub fn start(&self) -> Host {
        let mut child = self.command().spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let lines = Arc::clone(&log);
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut log = lines.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let (sender, facts) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(stdout).read_line(&mut line);
            let _ = sender.send(line);
        });
        let line = facts.recv_timeout(PATIENCE).unwrap_or_default();
        let Ok(facts) = serde_json::from_str::<Value>(&line) else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the host did not start: {}", log.lock().unwrap());
        };
        Host {
            url: facts["listening"].as_str().unwrap().to_owned(),
            facts,
            child,
            log,
            client: Client::builder(TokioExecutor::new()).build(HttpConnector::new()),
            _folder: Arc::clone(&self.folder),
        }
    }

    /// Runs a benchmark; gives its figures.
    pub fn figures(&self) -> Value {
        let mut child = self.command().stderr(Stdio::inherit()).spawn().unwrap();
        assert!(wait(&mut child).success());
        let mut printed = String::new();
        child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        serde_json::from_str(&printed).unwrap()
    }

    /// Starts a host that shall not start; gives what it says.
    pub fn refused(&self) -> String {
        let mut child = self.command().spawn().unwrap();
        let status = wait(&mut child);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(status.code(), Some(1), "{said}");
        said
    }
}

/// A running host; ended when dropped.
pub struct Host {
    pub url: String,
    /// What it said on standard output.
    pub facts: Value,
    child: Child,
    log: Arc<Mutex<String>>,
    client: Client<HttpConnector, Full<Bytes>>,
    _folder: Arc<TempDir>,
}

/// A response, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Checks that this is a problem document with `status`, made by the host.
    pub fn assert_problem(&self, status: u16) {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        self.assert_inner_problem(status);
    }

    /// Checks that this is one that a component passed on, without its headers.
    pub fn assert_inner_problem(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text());
        let document: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(document["status"], status);
        assert!(document["title"].is_string() && document["detail"].is_string());
    }
}

impl Host {
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Bytes::new()).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Bytes>) -> Reply {
        self.send(Method::POST, path, body.into()).await
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Reply {
        let request =
            Request::builder().method(method).uri(format!("{}{path}", self.url)).body(Full::new(body)).unwrap();
        self.request(request).await
    }

    pub async fn request(&self, request: Request<Full<Bytes>>) -> Reply {
        self.try_request(request).await.expect("a response")
    }

    /// A response, or why there is none.
    pub async fn try_request(&self, request: Request<Full<Bytes>>) -> Result<Reply, String> {
        let exchange = async {
            let response = self.client.request(request).await.map_err(|error| error.to_string())?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| error.to_string())?;
            Ok(Reply { status: head.status, headers: head.headers, body: body.to_bytes() })
        };
        tokio::time::timeout(PATIENCE, exchange).await.expect("an answer within the test's patience")
    }

    /// The counters' page.
    pub async fn metrics(&self) -> String {
        let url = self.facts["metrics"].as_str().unwrap();
        let request = Request::get(url).body(Full::default()).unwrap();
        self.request(request).await.text()
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the log has `text`.
    pub async fn logged(&self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let log = self.log();
            if log.contains(text) {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{text:?} never came to the log:\n{}", self.log());
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits until the host has ended by itself.
    pub fn ended(&mut self) -> ExitStatus {
        wait(&mut self.child)
    }

    /// Ends the host as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(child: &mut Child) -> ExitStatus {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > end {
            let _ = child.kill();
            panic!("the host did not end");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Where tests keep what they share: compiled components.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cwasm")
}

/// Where the components are, which are built once for all tests.
struct Guests {
    /// The one with a path for each behaviour.
    main: PathBuf,
    /// The one of the older generation.
    older: PathBuf,
}

/// Builds the components, and compiles the main one before tests start hosts at the same time.
fn guests() -> &'static Guests {
    static GUESTS: OnceLock<Guests> = OnceLock::new();
    GUESTS.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let status = Command::new(env!("CARGO"))
            .args(["build", "--release", "--quiet", "--target", "wasm32-wasip2"])
            .args(["-p", "verdigris-host-guest", "-p", "verdigris-host-guest-p2"])
            .arg("--target-dir")
            .arg(target)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the tests' components could not be built; try: rustup target add wasm32-wasip2");
        let built = |name: &str| {
            let path = target.join("wasm32-wasip2/release").join(name);
            assert!(path.is_file(), "{} is missing", path.display());
            path
        };
        let guests = Guests { main: built("verdigris_host_guest.wasm"), older: built("verdigris_host_guest_p2.wasm") };
        let figures = Launch::of(&guests.main).with(&["--bench-instantiate", "1"]).figures();
        assert!(figures["instantiate_p50_us"].is_number(), "{figures}");
        guests
    })
}

/// The component of the older generation.
pub fn older_guest() -> String {
    guests().older.display().to_string()
}
