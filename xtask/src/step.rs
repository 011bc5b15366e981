//! One step of a longer job: says what it does, runs it, says how long it took.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::place;

/// What a step answers: nothing, or a sentence for the person at the terminal.
pub type Outcome = Result<(), String>;

/// Runs `work` under a title, and prints the seconds it took to standard error.
pub fn step(title: &str, work: impl FnOnce() -> Outcome) -> Outcome {
    eprintln!("• {title} …");
    let start = Instant::now();
    work().map_err(|reason| format!("✗ {title}: {reason}"))?;
    eprintln!("✓ {title} ({:.1} s)", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs a program in the checkout (unless it names another folder), its output going where ours goes.
pub fn run(command: &mut Command) -> Outcome {
    let name = format!("`{}`", describe(command));
    if command.get_current_dir().is_none() {
        command.current_dir(place::root());
    }
    let status = command.status().map_err(|error| format!("{name}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} ended with {status}")) }
}

/// Runs a program in the checkout and gives back what it printed to standard output.
pub fn output(command: &mut Command) -> Result<String, String> {
    let name = format!("`{}`", describe(command));
    let output = command
        .current_dir(place::root())
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name} ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{name} printed something other than UTF-8"))
}

/// `cargo` with these arguments, as if typed at a terminal: without what `cargo run` has told xtask about xtask itself.
/// Build scripts look at that (ring's does), and would run again whenever a build by hand follows one by xtask.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = program(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()), arguments);
    let own = |name: &String| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in names.filter(own) {
        command.env_remove(name);
    }
    command
}

/// A program with these arguments.
pub fn program(name: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments);
    command
}

fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Does `work`, which makes `made`, unless that is there and was made from the same contents of `inputs` (files or folders).
pub fn unless_done(made: &str, inputs: &[&str], work: impl FnOnce() -> Outcome) -> Outcome {
    let stamp = place::root().join(".verdigris/stamps").join(made.replace('/', "-"));
    let inputs: Vec<PathBuf> = inputs.iter().map(|input| place::root().join(input)).collect();
    let now = format!("{:016x}", fingerprint(&inputs)?);
    if place::root().join(made).exists() && fs::read_to_string(&stamp).is_ok_and(|before| before == now) {
        return Ok(());
    }
    work()?;
    let folder = stamp.parent().unwrap_or(&stamp);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&stamp, now))
        .map_err(|error| format!("{}: {error}", stamp.display()))
}

fn fingerprint(inputs: &[PathBuf]) -> Result<u64, String> {
    let mut files = Vec::new();
    for input in inputs {
        collect(input, &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        let contents = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        (file, contents).hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))? {
        collect(&entry.map_err(|error| error.to_string())?.path(), files)?;
    }
    Ok(())
}
