//! `cargo xtask test`: every test of the project, and one line with the sum of them at the end.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    ops::AddAssign,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    thread,
};

use crate::{
    Outcome,
    debian::{self, Program},
    venv,
};

const USAGE: &str = "\
usage: cargo xtask test [--only rust|python] [--durability-rounds N]

  --only rust|python      only the tests of the crates, or only those of the running server
  --durability-rounds N   how often the durability test kills the server (20)
";

const POSTGRES: Program = Program {
    path: "/usr/lib/postgresql/15/bin/postgres",
    package: "postgresql-15",
    untried: "the statements are not tried on PostgreSQL 15",
};

const CHROMIUM: Program = Program {
    path: "/usr/bin/chromium",
    package: "chromium",
    untried: "the console is not tried in a browser",
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    Rust,
    Python,
}

#[derive(Default)]
struct Options {
    only: Option<Only>,
    durability_rounds: Option<u32>,
}

/// What the runners said of themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Totals {
    passed: u64,
    failed: u64,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs `cargo xtask test`.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let options = parse(arguments)?;
    let mut totals = Totals::default();
    let mut troubles = Vec::new();
    if options.only != Some(Only::Python) {
        debian::prepare(&POSTGRES);
        stage("Rust", rust(root), &mut totals, &mut troubles);
    }
    if options.only != Some(Only::Rust) {
        stage(
            "Python and JavaScript",
            black_box(root, &options),
            &mut totals,
            &mut troubles,
        );
    }
    for trouble in &troubles {
        eprintln!("{trouble}");
    }
    println!("{} passed, {} failed", totals.passed, totals.failed);
    if !troubles.is_empty() || totals.failed > 0 {
        // The total is the last line whatever it says: no error text may follow it.
        process::exit(1);
    }
    Ok(())
}

fn parse(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut rest = arguments.iter();
    while let Some(flag) = rest.next() {
        let value = rest.next().ok_or(USAGE)?;
        match (flag.as_str(), value.as_str()) {
            ("--only", "rust") => options.only = Some(Only::Rust),
            ("--only", "python") => options.only = Some(Only::Python),
            ("--durability-rounds", rounds) => {
                options.durability_rounds = Some(rounds.parse().map_err(|_| USAGE)?);
            }
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(options)
}

/// Adds up what a stage said. A stage that ended badly without a failed test is trouble of its own:
/// it did not compile, or its runner broke.
fn stage(
    name: &str,
    outcome: Result<(Totals, bool), String>,
    totals: &mut Totals,
    troubles: &mut Vec<String>,
) {
    match outcome {
        Ok((stage, succeeded)) => {
            *totals += stage;
            if !succeeded && stage.failed == 0 {
                troubles.push(format!("{name}: the run broke off"));
            } else if stage.passed + stage.failed == 0 {
                troubles.push(format!("{name}: no test ran"));
            }
        }
        Err(text) => troubles.push(format!("{name}: {text}")),
    }
}

fn rust(root: &Path) -> Result<(Totals, bool), String> {
    let mut command = cargo(root);
    command.args(["test", "--workspace", "--no-fail-fast"]);
    run_and_count(&mut command, cargo_totals)
}

/// The tests of the real binary, with the clients that people use.
fn black_box(root: &Path, options: &Options) -> Result<(Totals, bool), String> {
    require(
        "python3",
        "--version",
        "Python 3.",
        |minor| minor >= 11,
        "Python 3.11 or newer",
    )?;
    require(
        "node",
        "--version",
        "v",
        |major| major >= 20,
        "Node.js 20 or newer",
    )?;
    let python = venv::python(root)?;
    install_javascript(&root.join("tests/js"))?;
    debian::prepare(&CHROMIUM);
    check(cargo(root).args(["build", "--package", "keystead"]))?;

    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut command = Command::new(python);
    command
        .args(["-m", "pytest", "--quiet", "--dist", "loadfile", "--numprocesses"])
        .arg(workers.to_string())
        .current_dir(root.join("tests"))
        .env("KEYSTEAD_BIN", binary(root));
    if let Some(rounds) = options.durability_rounds {
        command.arg("--durability-rounds").arg(rounds.to_string());
    }
    run_and_count(&mut command, pytest_totals)
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Where `cargo build` puts the binary.
fn binary(root: &Path) -> PathBuf {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
    target.join("debug/keystead")
}

/// `npm ci`, unless the packages of this very lock file are there already.
fn install_javascript(directory: &Path) -> Outcome {
    let lock_file = directory.join("package-lock.json");
    let installed_file = directory.join("node_modules/installed-package-lock.json");
    let lock = fs::read(&lock_file).map_err(|error| format!("{}: {error}", lock_file.display()))?;
    if fs::read(&installed_file).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    eprintln!("installing the JavaScript SDK and axe");
    check(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(directory),
    )?;
    fs::write(&installed_file, lock).map_err(|error| format!("{}: {error}", installed_file.display()))
}

/// Checks that a program is there and new enough; the version is the number behind `prefix`.
fn require(program: &str, flag: &str, prefix: &str, enough: fn(u32) -> bool, wanted: &str) -> Outcome {
    let found = Command::new(program).arg(flag).output();
    let found = found
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default();
    let number: String = found
        .strip_prefix(prefix)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect())
        .unwrap_or_default();
    if number.parse().is_ok_and(enough) {
        return Ok(());
    }
    let found = if found.is_empty() {
        "is not installed"
    } else {
        &found
    };
    Err(format!(
        "the black-box tests need {wanted}, as `{program}`: {found}"
    ))
}

fn check(command: &mut Command) -> Outcome {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{program}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program} failed: {status}"))
    }
}

/// Runs a test runner, shows its output while it comes, and adds up its totals.
fn run_and_count(command: &mut Command, totals_of: fn(&str) -> Totals) -> Result<(Totals, bool), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let output = child.stdout.take().ok_or("no output")?;
    let mut totals = Totals::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(|error| format!("{program}: {error}"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        totals += totals_of(&line);
    }
    let status = child.wait().map_err(|error| format!("{program}: {error}"))?;
    Ok((totals, status.success()))
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn cargo_totals(line: &str) -> Totals {
    let Some(counts) = line.strip_prefix("test result: ") else {
        return Totals::default();
    };
    Totals {
        passed: count_before(counts, "passed"),
        failed: count_before(counts, "failed"),
    }
}

/// `3 failed, 580 passed, 2 skipped in 30.21s`; an error outside of a test counts as a failure.
fn pytest_totals(line: &str) -> Totals {
    let line = line.trim_matches(['=', ' ']);
    let Some((counts, _)) = line
        .split_once(" in ")
        .filter(|(_, seconds)| seconds.starts_with(|c: char| c.is_ascii_digit()))
    else {
        return Totals::default();
    };
    let failed = ["failed", "error", "errors"]
        .iter()
        .map(|word| count_before(counts, word))
        .sum();
    Totals {
        passed: count_before(counts, "passed"),
        failed,
    }
}

/// The number that stands before a word.
fn count_before(counts: &str, word: &str) -> u64 {
    let mut number = 0;
    for part in counts.split_whitespace() {
        if part.trim_end_matches([',', ';', '.']) == word {
            return number;
        }
        number = part.parse().unwrap_or(0);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read_from_the_runners_own_lines() {
        type Reader = fn(&str) -> Totals;
        let rows: [(Reader, &str, u64, u64); 9] = [
            (
                cargo_totals,
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; finished in 0.01s",
                12,
                0,
            ),
            (
                cargo_totals,
                "test result: FAILED. 3 passed; 2 failed; 0 ignored",
                3,
                2,
            ),
            (cargo_totals, "test a::b ... ok", 0, 0),
            (pytest_totals, "580 passed in 30.21s", 580, 0),
            (
                pytest_totals,
                "===== 3 failed, 580 passed, 2 skipped in 90.21s (0:01:30) =====",
                580,
                3,
            ),
            (pytest_totals, "1 failed, 2 errors in 1.00s", 0, 3),
            (pytest_totals, "1 passed, 1 warning, 1 error in 1.00s", 1, 1),
            (pytest_totals, "no tests ran in 0.01s", 0, 0),
            (pytest_totals, "7 passed in the log of a test", 0, 0),
        ];
        for (totals_of, line, passed, failed) in rows {
            assert_eq!(totals_of(line), Totals { passed, failed }, "{line}");
        }
    }

    #[test]
    fn flags() {
        let parse = |text: &str| parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert!(parse("").is_ok_and(|options| options.only.is_none()));
        let options = parse("--only python --durability-rounds 200").unwrap_or_default();
        assert!(options.only == Some(Only::Python) && options.durability_rounds == Some(200));
        for wrong in ["--only", "--only java", "--durability-rounds many", "--other 1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
