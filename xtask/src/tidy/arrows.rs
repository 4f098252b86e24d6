//! Crates: who may depend on whom, what every manifest says, where every crate is described.

use super::File;

/// From the top down. A crate may depend on those after it.
const ORDER: [&str; 10] = [
    "bench",
    "keystead",
    "server",
    "authority",
    "store",
    "wire",
    "verifier",
    "policy",
    "sigv4",
    "types",
];

pub(super) fn check(files: &[File], complaints: &mut Vec<String>) {
    let architecture = files
        .iter()
        .find(|file| file.path == "ARCHITECTURE.md")
        .map_or("", |file| &file.text);
    for file in files {
        let Some(name) = crate_of_manifest(&file.path) else {
            continue;
        };
        if !inherits_lints(&file.text) {
            complaints.push(format!("{}: [lints] must say workspace = true", file.path));
        }
        if !architecture.contains(&format!("`{name}`")) {
            complaints.push(format!("ARCHITECTURE.md: the crate `{name}` is not described"));
        }
        if name == "xtask" {
            continue;
        }
        let Some(own) = rank(name) else {
            complaints.push(format!(
                "{}: `{name}` has no place in the order of crates (tidy/arrows.rs)",
                file.path
            ));
            continue;
        };
        for dependency in dependencies(&file.text) {
            if rank(dependency).is_none_or(|rank| rank <= own) {
                complaints.push(format!(
                    "{}: the arrow from {name} to {dependency} points up",
                    file.path
                ));
            }
        }
    }
}

fn crate_of_manifest(path: &str) -> Option<&str> {
    if path == "xtask/Cargo.toml" {
        return Some("xtask");
    }
    let name = path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
    Some(name).filter(|name| !name.contains('/'))
}

fn rank(name: &str) -> Option<usize> {
    ORDER.iter().position(|candidate| *candidate == name)
}

fn inherits_lints(manifest: &str) -> bool {
    let lints = manifest.split_once("\n[lints]\n").map(|(_, rest)| rest);
    lints.is_some_and(|lints| lints.lines().next() == Some("workspace = true"))
}

/// The project's own crates that a manifest names, in whatever section.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    let mut in_dependencies = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            in_dependencies = line.contains("dependencies");
        }
        let key = line.split(['.', '=', ' ']).next().unwrap_or_default();
        key.strip_prefix("keystead-").filter(|_| in_dependencies)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(crate_name: &str, dependency: &str) -> Vec<String> {
        let manifest =
            format!("[dependencies]\nkeystead-{dependency}.workspace = true\n\n[lints]\nworkspace = true\n");
        let files = [
            File {
                path: "ARCHITECTURE.md".to_owned(),
                text: format!("`{crate_name}`"),
            },
            File {
                path: format!("crates/{crate_name}/Cargo.toml"),
                text: manifest,
            },
        ];
        let mut complaints = Vec::new();
        check(&files, &mut complaints);
        complaints
    }

    #[test]
    fn arrows_only_point_down() {
        assert_eq!(complaints("wire", "verifier"), Vec::<String>::new());
        for (from, to) in [
            ("verifier", "wire"),
            ("types", "sigv4"),
            ("wire", "wire"),
            ("wire", "unheard-of"),
        ] {
            assert_eq!(complaints(from, to).len(), 1, "{from} {to}");
        }
        assert_eq!(complaints("unheard-of", "types").len(), 1);
    }

    #[test]
    fn a_manifest_without_the_lints_is_found() {
        assert!(inherits_lints("[package]\n\n[lints]\nworkspace = true\n"));
        assert!(!inherits_lints("[package]\n"));
    }
}
