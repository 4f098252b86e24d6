//! The project's Python environment: `.venv`, made from `tests/requirements.txt`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Makes the environment if it is absent or its requirements changed; returns its Python.
///
/// The requirements it was made from are kept inside it, so that a change of a pinned version is
/// noticed and nothing is installed twice.
pub(crate) fn python(root: &Path) -> Result<PathBuf, String> {
    let environment = root.join(".venv");
    let python = environment.join("bin/python");
    let requirements_file = root.join("tests/requirements.txt");
    let requirements = fs::read_to_string(&requirements_file)
        .map_err(|error| format!("{}: {error}", requirements_file.display()))?;
    let installed_file = environment.join("installed-requirements.txt");
    if python.exists() && fs::read_to_string(&installed_file).is_ok_and(|installed| installed == requirements)
    {
        return Ok(python);
    }
    eprintln!("making {}", environment.display());
    run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ])
        .arg(&requirements_file))?;
    fs::write(&installed_file, requirements)
        .map_err(|error| format!("{}: {error}", installed_file.display()))?;
    Ok(python)
}

/// Runs a command to its end; its failure is a text.
fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{program}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program} failed: {status}"))
    }
}
