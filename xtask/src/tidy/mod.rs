//! `cargo xtask tidy`: the rules that no compiler checks.

mod arrows;
mod rust_text;
mod sources;
mod statements;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Outcome;

/// Checks every rule and prints everything that breaks one.
pub(crate) fn run(root: &Path) -> Outcome {
    let files = files(root)?;
    let mut complaints = Vec::new();
    arrows::check(&files, &mut complaints);
    sources::check(&files, &mut complaints);
    statements::check(&files, &mut complaints);
    if complaints.is_empty() {
        return Ok(());
    }
    complaints.sort();
    Err(format!(
        "{}\n{} complaints",
        complaints.join("\n"),
        complaints.len()
    ))
}

/// A file of the project.
struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// Every text file that is or would be committed.
fn files(root: &Path) -> Result<Vec<File>, String> {
    let output = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .map_err(|error| format!("git: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "git ls-files failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut files = Vec::new();
    for name in names.split_terminator('\0') {
        let path: PathBuf = root.join(name);
        // A deleted file is listed until its deletion is committed; one that is no text has no rules here.
        if let Ok(text) = fs::read_to_string(&path) {
            files.push(File {
                path: name.to_owned(),
                text,
            });
        }
    }
    Ok(files)
}
