//! The project's own tasks: `cargo xtask codegen | tidy | test | bench`.

mod bench;
mod codegen;
mod debian;
mod test;
mod tidy;
mod venv;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

const USAGE: &str = "\
usage: cargo xtask TASK

  codegen [--check]   write crates/wire/src/generated and the table of docs/compatibility.md from the AWS service
                      models; with --check, only say whether they are stale
  tidy                check the rules that no compiler checks: dependency arrows, file lengths, leftovers, statements
  test [ARGS]         run every test: Rust, Python and JavaScript
  bench [ARGS]        measure, and print one table of ratios
";

/// What a task says when it fails: a text for a person.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let root = root();
    let outcome = match task.as_str() {
        "codegen" => codegen::run(&root, &rest),
        "tidy" => tidy::run(&root),
        "test" => test::run(&root, &rest),
        "bench" => bench::run(&root, &rest),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{}", text.trim_end());
            ExitCode::FAILURE
        }
    }
}

/// The repository's root, wherever the task was started from.
fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}
