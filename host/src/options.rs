//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use verdigris_engine::Limits;

use crate::app::Settings;

/// Runs the functions of a spin.toml on this machine, for development and tests.
#[derive(Debug, Parser)]
#[command(name = "verdigris-host", version)]
pub struct Options {
    /// The application's spin.toml
    #[arg(long, default_value = "spin.toml")]
    pub manifest: PathBuf,
    /// Where to listen; port 0 takes any free port. The address goes to standard output as JSON
    #[arg(long, default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Folder of the key-value stores
    #[arg(long, default_value = ".verdigris/state")]
    pub state_dir: PathBuf,
    /// Folder of compiled components [default: cache, in the state folder]
    #[arg(long)]
    pub cache_dir: Option<PathBuf>,
    /// Serve Prometheus counters at this address, under /metrics
    #[arg(long)]
    pub metrics: Option<SocketAddr>,
    /// Time from a request to its response
    #[arg(long, value_parser = duration, default_value = "30s")]
    pub request_timeout: Duration,
    /// Time that work may go on after the response
    #[arg(long, value_parser = duration, default_value = "60s")]
    pub background_timeout: Duration,
    /// Memory of one instance
    #[arg(long, value_parser = size, default_value = "256MiB")]
    pub max_memory: u64,
    /// The largest request body
    #[arg(long, value_parser = size, default_value = "32MiB")]
    pub max_body: u64,
    /// Requests that each component serves at the same time; fewer where its table `tool.verdigris-host` says so
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub max_concurrent: u16,
    /// How long a request waits for a place before it is answered with 503
    #[arg(long, value_parser = duration, default_value = "1s")]
    pub queue_timeout: Duration,
    /// Requests that one instance serves, one after the other; 1 makes a new one for each
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u16).range(1..))]
    pub instance_requests: u16,
    /// Time to finish what is in flight after SIGINT or SIGTERM
    #[arg(long, value_parser = duration, default_value = "10s")]
    pub drain_timeout: Duration,
    /// PEM file of further authorities that outgoing TLS trusts
    #[arg(long)]
    pub outbound_ca: Option<PathBuf>,
    /// How the log on standard error is written; RUST_LOG says how much of it
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log: LogFormat,
    /// Instead of serving: make this many instances of each component, print the times as JSON.
    /// Variables may then be missing
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub bench_instantiate: Option<u32>,
    /// With --bench-instantiate: also send as many GET requests to this path, in process
    #[arg(long, value_name = "PATH", requires = "bench_instantiate")]
    pub bench_path: Option<String>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Options {
    /// What the application needs to know of the options.
    pub fn settings(&self) -> Settings {
        Settings {
            limits: Limits {
                request_time: self.request_timeout,
                background_time: self.background_timeout,
                memory_bytes: usize::try_from(self.max_memory).unwrap_or(usize::MAX),
                concurrent_requests: usize::from(self.max_concurrent),
                requests_per_instance: usize::from(self.instance_requests),
                ..Limits::default()
            },
            patience: self.queue_timeout,
            body_bytes: self.max_body,
            certificates: self.outbound_ca.clone(),
            // Times depend on the code, not on settings: a benchmark runs without any.
            placeholder: self.bench_instantiate.map(|_| String::new()),
        }
    }
}

/// Reads a number and its unit.
fn measure(text: &str, units: &[(&str, u64)]) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let known = || units.iter().map(|(unit, _)| *unit).collect::<Vec<_>>().join(", ");
    let number: u64 = number.parse().map_err(|_| format!("write a whole number and one of {}", known()))?;
    let factor = units
        .iter()
        .find(|(name, _)| *name == unit.trim_start())
        .ok_or_else(|| format!("the unit {unit:?} is none of {}", known()))?
        .1;
    match number.checked_mul(factor) {
        Some(0) => Err("it must be more than nothing".to_owned()),
        Some(value) => Ok(value),
        None => Err("it is too large".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
    let day = 86_400_000;
    match measure(text, &units)? {
        ms if ms <= day => Ok(Duration::from_millis(ms)),
        _ => Err("it is more than a day".to_owned()),
    }
}

fn size(text: &str) -> Result<u64, String> {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    match measure(text, &units)? {
        bytes if bytes <= 4 << 30 => Ok(bytes),
        _ => Err("it is more than 4 GiB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_and_sizes_are_read_with_their_units() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("2 m"), Ok(Duration::from_secs(120)));
        assert_eq!(size("256MiB"), Ok(256 << 20));
        assert_eq!(size("64KiB"), Ok(64 << 10));
        for wrong in ["", "5", "s", "-1s", "1.5s", "0s", "5 d", "25h", "99999999999999999999s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        for wrong in ["1", "1MB", "5GiB", "18446744073709551615GiB", "0KiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_defaults_stand_and_the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Options::command().debug_assert();
        let options = Options::parse_from(["verdigris-host"]);
        assert_eq!(options.settings().limits.memory_bytes, 256 << 20);
        assert!(Options::try_parse_from(["verdigris-host", "--max-concurrent", "0"]).is_err());
        assert!(Options::try_parse_from(["verdigris-host", "--bench-path", "/x"]).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC{0,30}") {
            let _ = (duration(&text), size(&text));
        }
    }
}
