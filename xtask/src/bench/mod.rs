mod undecided;

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::Outcome;

/// Runs `cargo xtask bench [NAMES…] [--quick]`: builds both binaries as they are shipped, each on its own so
/// that neither turns on features of the other, and lets the bench measure the server.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    build(root, "keystead", &[])?;
    build(root, "keystead-bench", &["--features", "peers"])?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
    let binaries = target.join("release");
    let mut bench = Command::new(binaries.join("keystead-bench"));
    bench.arg("run").args(arguments);
    bench.arg("--keystead").arg(binaries.join("keystead"));
    bench.arg("--data").arg(target.join("bench-data"));
    let names = || arguments.iter().filter(|argument| !argument.starts_with('-'));
    if names().next().is_none() || names().any(|name| name == "decision") {
        bench.arg("--undecided").arg(undecided::build(root, &target)?);
    }
    succeed(bench)
}

fn build(root: &Path, package: &str, options: &[&str]) -> Outcome {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--release", "--package", package])
        .args(options)
        .current_dir(root);
    succeed(build)
}

fn succeed(mut command: Command) -> Outcome {
    let shown = format!("{command:?}");
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown}: {status}")),
        Err(error) => Err(format!("{shown}: {error}")),
    }
}
