//! The orchestrator in Node (`bench/peer-node`), set up to serve the same hub as a stack's own functions.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::cheat::{ACCOUNT_KEY, ATTESTER};
use crate::stack::{Stack, root};
use crate::webhook::SIGNING_KEY;

/// A running orchestrator, which ends when this is dropped.
pub struct Peer {
    process: Child,
    /// Where it takes webhooks.
    pub url: String,
}

impl Peer {
    /// Starts it beside a stack, from whose chain and content store it works; its transactions are paid by an account of
    /// its own.
    pub fn start(stack: &Stack, concurrency: usize) -> Self {
        let endpoint = |name: &str| stack.url(name).to_owned();
        let chain_id = stack.endpoints["chainId"].as_u64().unwrap();
        let settings = [
            ("MODEL", root().join("models/atlas/atlas.onnx").display().to_string()),
            ("CHAIN_ID", chain_id.to_string()),
            ("RPC_URL", endpoint("rpcUrl")),
            ("KUBO_URL", endpoint("gateway")),
            ("HUB", endpoint("hub")),
            ("CONSUMERS", endpoint("art")),
            ("ALCHEMY_SIGNING_KEY", SIGNING_KEY.to_owned()),
            ("ATTESTATION_KEY", ATTESTER.to_string()),
            ("SENDER_KEY", ACCOUNT_KEY.to_owned()),
            ("CONCURRENCY", concurrency.to_string()),
        ];
        let mut command = Command::new("node");
        command
            .arg("src/main.mjs")
            .current_dir(root().join("bench/peer-node"))
            .envs(settings)
            .env("NODE_ENV", "production");
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let said: Value =
            serde_json::from_str(&first).unwrap_or_else(|error| panic!("the peer said {first:?} ({error})"));
        Self { process, url: said["listening"].as_str().unwrap().to_owned() }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = (self.process.kill(), self.process.wait());
    }
}
