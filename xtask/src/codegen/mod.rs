//! `cargo xtask codegen`: AWS's service models become the shapes of `crates/wire`.
//!
//! Facts only: names, types, constraints, errors, pages. AWS's prose stays where it is.

mod model;
mod names;
mod rust;
mod table;

use std::{fs, path::Path, process::Command};

use crate::{Outcome, venv};

const GENERATED: &str = "crates/wire/src/generated";
const UNIMPLEMENTED: &str = "crates/wire/unimplemented.txt";
const COMPATIBILITY: &str = "docs/compatibility.md";

/// Writes what is generated, or with `--check` fails when that would change anything.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let check = match arguments {
        [] => false,
        [argument] if argument == "--check" => true,
        _ => return Err("usage: cargo xtask codegen [--check]".to_owned()),
    };
    let services = model::parse(&facts(root)?)?;
    let unimplemented = read(&root.join(UNIMPLEMENTED))?;
    let compatibility = read(&root.join(COMPATIBILITY))?;
    let mut files = Vec::new();
    for service in &services {
        files.push((format!("{GENERATED}/{}.rs", service.name), rust::module(service)?));
    }
    files.push((
        COMPATIBILITY.to_owned(),
        table::renewed(&compatibility, &services, &unimplemented)?,
    ));
    for (file, content) in files {
        let path = root.join(&file);
        if fs::read_to_string(&path).is_ok_and(|present| present == content) {
            continue;
        }
        if check {
            return Err(format!("{file} is stale: run `cargo xtask codegen`"));
        }
        fs::write(&path, content).map_err(|error| format!("{file}: {error}"))?;
        println!("wrote {file}");
    }
    Ok(())
}

/// The models of the pinned botocore, printed as one JSON document.
fn facts(root: &Path) -> Result<Vec<u8>, String> {
    let python = venv::python(root)?;
    let output = Command::new(&python)
        .args(["-c", include_str!("model.py")])
        .output()
        .map_err(|error| format!("{}: {error}", python.display()))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(format!(
            "the service models cannot be read:\n{}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
