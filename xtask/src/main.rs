//! `cargo xtask`: sets up, builds, starts, tests and measures the whole of Verdigris.

mod bench;
mod build;
mod chaos;
mod contact_sheet;
mod docs;
mod fuzz;
mod gas;
mod place;
mod python;
mod setup;
mod slither;
mod step;
mod test;
mod up;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  up [--once] [FLAG…]   set up, build and start everything on 127.0.0.1; flags go on to `verdigris up`
  test [PART…]          every test of the repository, or the parts named: lint contracts rust wasm web docs edge peers
                        gpu e2e chaos
  bench [NAME…]         measure every figure, or those whose name starts with a NAME; writes bench.json
  fuzz [S] [TARGET…]    arbitrary bytes for whatever reads bytes from outside, half an hour each or S seconds
  chaos [FLAG…]         mints while all that can fail does, on both platforms; --mints N, --platform host|worker|both,
                        --seed S, --deepest-reorg N, --nightly (1,000 mints)
  contact-sheet [DIR]   the art model's pictures, to look at
  docs                  the documentation as a book, to read
  build [PART…]         everything, or the parts named: native components renderer contracts web;
                        `cloudflare` (or `--target cloudflare`), which is not part of everything, is the Worker that
                        wrangler.toml names
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let outcome = match command.as_str() {
        "up" => up::up(&rest),
        "test" => test::test(&rest),
        "bench" => bench::bench(&rest),
        "build" => build::build(&rest),
        "fuzz" => fuzz::fuzz(&rest),
        "chaos" => chaos::chaos(&rest),
        "contact-sheet" => contact_sheet::contact_sheet(&rest),
        "docs" => docs::docs(&rest),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
