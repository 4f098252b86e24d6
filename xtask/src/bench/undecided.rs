//! A server that asks no policy, to measure what asking costs.
//!
//! The product has no switch for this, and shall have none: so its sources are copied, one line of the
//! copy is changed, and the copy is built beside the real one.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where policies are asked, and what stands there instead in the copy.
const DECIDING_FILE: &str = "crates/verifier/src/decide.rs";
const DECIDING: &str = "let mut decision = policy::decide(&policies, &request);";
const UNDECIDED: &str = "let _ = (policies, request);
    let mut decision = policy::Decision {
        outcome: policy::Outcome::Allowed,
        stage: policy::PolicyType::Identity,
        statement: None,
        missing: policy::MissingKeys::default(),
    };";

/// Builds it, and tells where it is.
pub(super) fn build(root: &Path, target: &Path) -> Result<PathBuf, String> {
    let copy = target.join("undecided");
    for part in ["Cargo.toml", "Cargo.lock", "crates", "xtask"] {
        copy_all(&root.join(part), &copy.join(part))?;
    }
    let built = copy.join("target");
    let built_text = built.to_str().ok_or("a path that is not text")?;
    super::build(&copy, "keystead", &["--target-dir", built_text])?;
    Ok(built.join("release/keystead"))
}

fn copy_all(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    if from.is_file() {
        let mut content = fs::read(from).map_err(failed)?;
        if from.ends_with(DECIDING_FILE) {
            content = undecided(&String::from_utf8_lossy(&content))?.into_bytes();
        }
        // What is the same keeps its time, so that what was built before is not built again.
        return match fs::read(to).is_ok_and(|present| present == content) {
            true => Ok(()),
            false => fs::write(to, content).map_err(failed),
        };
    }
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        copy_all(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

fn undecided(text: &str) -> Result<String, String> {
    match text.matches(DECIDING).count() {
        1 => Ok(text.replace(DECIDING, UNDECIDED)),
        _ => Err(format!(
            "{DECIDING_FILE} does not have the one line that asks policies"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_asks_is_found() {
        let text = include_str!("../../../crates/verifier/src/decide.rs");
        assert!(undecided(text).unwrap().contains(UNDECIDED));
    }
}
