//! Programs from Debian's packages that some tests start.

use std::{
    path::Path,
    process::{Command, Stdio},
};

/// A program that only some tests need, and the package that has it.
pub(crate) struct Program {
    pub(crate) path: &'static str,
    pub(crate) package: &'static str,
    /// What stays untried without it.
    pub(crate) untried: &'static str,
}

/// Installs a program that is missing, if we are root.
///
/// The tests that need it skip themselves without it, so a person is told here and no error is made
/// of it.
pub(crate) fn prepare(program: &Program) {
    let Program {
        path,
        package,
        untried,
    } = program;
    if Path::new(path).exists() {
        return;
    }
    let install = format!("apt-get update && apt-get install --yes --no-install-recommends {package}");
    if is_root() {
        eprintln!("installing {package}");
        let installed = Command::new("sh")
            .args(["-c", &install])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .status();
        if installed.is_ok_and(|status| status.success()) && Path::new(path).exists() {
            return;
        }
    }
    eprintln!(
        "\nSKIPPED: {untried}, because {path} is missing.\n\
         On Debian: sudo sh -c '{install}'\n"
    );
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}
