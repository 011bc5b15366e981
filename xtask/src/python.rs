//! Tools and libraries in Python, each list of them in a virtual environment of its own, beside the build.

use std::fs;
use std::path::PathBuf;

use crate::place::{build_folder, root};
use crate::step::{Outcome, program, run};

/// The environment of what talks to the GPU worker: its name and its list.
pub const GPU_CLIENTS: (&str, &str) = ("gpu-clients", "functions/gpu-worker/tests/clients/requirements.txt");

/// The folder of the environment `name` with what the file `requirements` lists (pinned), made once for each list.
pub fn environment(name: &str, requirements: &str) -> Result<PathBuf, String> {
    let folder = build_folder().join(name);
    let installed = folder.join("installed.txt");
    let list = root().join(requirements);
    let wanted = fs::read_to_string(&list).map_err(|error| format!("{requirements}: {error}"))?;
    if fs::read_to_string(&installed).is_ok_and(|before| before == wanted) {
        return Ok(folder);
    }
    make(&folder)?;
    run(program(folder.join("bin/pip"), &["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&list))?;
    fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(folder)
}

fn make(folder: &PathBuf) -> Outcome {
    run(program("python3", &["-m", "venv", "--clear"]).arg(folder))
        .map_err(|reason| format!("{reason}; the tests need Python 3 with venv (Debian: python3-venv)"))
}
