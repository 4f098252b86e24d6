//! What no source file may be or contain.

use super::{File, rust_text};

/// Longest source file, in lines. Generated ones are nobody's reading.
const LINES_MAX: usize = 600;
const GENERATED: &str = "crates/wire/src/generated/";

/// Words that mark what is not finished. Put together here so that this file has none of them.
const LEFTOVERS: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("#[ig", "nore"),
    concat!("db", "g!("),
];

/// Places of one machine.
const MACHINE_PATHS: [&str; 4] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/tm", "p/"),
];

/// Where tests may say where temporary files go.
const TEST_HELPERS: &str = "tests/harness/";

pub(super) fn check(files: &[File], complaints: &mut Vec<String>) {
    for file in files {
        let path = &file.path;
        if is_source(path) {
            let lines = file.text.lines().count();
            if lines > LINES_MAX && !path.starts_with(GENERATED) {
                complaints.push(format!("{path}: {lines} lines; the limit is {LINES_MAX}"));
            }
        }
        if is_source(path) || is_written_by_people(path) {
            lines(file, complaints);
        }
        registries(file, complaints);
    }
}

fn is_source(path: &str) -> bool {
    [".rs", ".py", ".js", ".mjs", ".sh"]
        .iter()
        .any(|ending| path.ends_with(ending))
        || path == ".ci/run"
}

fn is_written_by_people(path: &str) -> bool {
    [".md", ".toml", ".txt", ".ini"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

fn lines(file: &File, complaints: &mut Vec<String>) {
    let path = &file.path;
    let tests_after = rust_text::tests_after(path, &file.text);
    for (index, line) in file.text.lines().enumerate() {
        let number = index + 1;
        for word in LEFTOVERS.iter().filter(|word| line.contains(**word)) {
            complaints.push(format!("{path}:{number}: {word} is left over"));
        }
        for place in MACHINE_PATHS.iter().filter(|place| is_path(line, place)) {
            if !path.starts_with(TEST_HELPERS) {
                complaints.push(format!("{path}:{number}: {place} is a place of one machine"));
            }
        }
        let in_test = is_source(path) && tests_after.is_some_and(|after| number > after);
        if in_test && line.contains(concat!("sle", "ep(")) {
            complaints.push(format!(
                "{path}:{number}: a test waits for a state, never for time to pass"
            ));
        }
    }
}

/// Whether the place stands at the beginning of a path, rather than within one or within an address.
fn is_path(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(index, _)| {
        let before = line.get(..index).and_then(|before| before.chars().next_back());
        before
            .is_none_or(|before| !before.is_alphanumeric() && !matches!(before, '.' | '/' | '-' | '_' | '}'))
    })
}

/// Packages come from where everybody gets them.
fn registries(file: &File, complaints: &mut Vec<String>) {
    let (path, text) = (file.path.as_str(), &file.text);
    let foreign: Vec<&str> = match path.rsplit('/').next().unwrap_or_default() {
        "Cargo.lock" => text
            .lines()
            .filter(|line| line.starts_with("source = ") && !line.ends_with("/rust-lang/crates.io-index\""))
            .collect(),
        "package-lock.json" => text
            .lines()
            .filter(|line| line.contains("\"resolved\":"))
            .collect(),
        "requirements.txt" => text
            .lines()
            .filter(|line| line.contains("index-url") || line.contains("://"))
            .collect(),
        "config.toml" if path.contains(".cargo/") => text
            .lines()
            .filter(|line| line.contains("[source") || line.contains("[registr"))
            .collect(),
        ".npmrc" | "pip.conf" => vec!["a registry of one machine"],
        _ => Vec::new(),
    };
    complaints.extend(foreign.iter().map(|line| format!("{path}: {}", line.trim())));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> usize {
        let mut complaints = Vec::new();
        check(
            &[File {
                path: path.to_owned(),
                text: text.to_owned(),
            }],
            &mut complaints,
        );
        complaints.len()
    }

    #[test]
    fn what_is_left_over_is_found() {
        for word in LEFTOVERS {
            assert_eq!(
                complaints("crates/a/src/lib.rs", &format!("x\n{word}\n")),
                1,
                "{word}"
            );
        }
        assert_eq!(complaints("crates/a/src/lib.rs", &"x\n".repeat(LINES_MAX)), 0);
        assert_eq!(complaints("crates/a/src/lib.rs", &"x\n".repeat(LINES_MAX + 1)), 1);
        assert_eq!(
            complaints("crates/wire/src/generated/iam.rs", &"x\n".repeat(LINES_MAX + 1)),
            0
        );
    }

    #[test]
    fn places_of_one_machine_are_found() {
        let place = MACHINE_PATHS[0];
        let rows = [
            (format!("open(\"{place}x\")"), 1),
            (format!("https://a{place}"), 0),
            (format!("`{place}`"), 1),
        ];
        for (line, count) in rows {
            assert_eq!(complaints("docs/a.md", &line), count, "{line}");
        }
        assert_eq!(complaints("tests/harness/a.py", place), 0);
    }

    #[test]
    fn a_sleeping_test_is_found() {
        let sleep = concat!("thread::sle", "ep(x)");
        assert_eq!(complaints("crates/a/src/lib.rs", sleep), 0);
        assert_eq!(
            complaints(
                "crates/a/src/lib.rs",
                &format!("#[cfg(test)]\nmod tests {{\n{sleep}\n}}")
            ),
            1
        );
        assert_eq!(complaints("tests/test_a.py", sleep), 1);
    }

    #[test]
    fn foreign_registries_are_found() {
        assert_eq!(
            complaints("Cargo.lock", "source = \"registry+https://example.org/index\""),
            1
        );
        assert_eq!(
            complaints(
                "Cargo.lock",
                "source = \"registry+https://example.org/rust-lang/crates.io-index\""
            ),
            0
        );
        assert_eq!(
            complaints(
                "tests/js/package-lock.json",
                "\"resolved\": \"https://example.org/x.tgz\""
            ),
            1
        );
        assert_eq!(
            complaints("tests/requirements.txt", "--index-url https://example.org"),
            1
        );
    }
}
