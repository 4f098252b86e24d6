//! Measures Keystead against physical floors and its peers, and prints one table. `cargo xtask bench`
//! builds and starts it; docs/performance.md says how to read what it prints.

mod answer;
mod browser;
mod commit_floor;
mod data_directory;
mod dataset;
mod distance;
mod hyper_floor;
mod in_process;
mod items;
mod keystead;
mod load;
mod machine;
#[cfg(feature = "peers")]
mod peers;
#[cfg(feature = "peers")]
mod policy_peers;
mod policy_sets;
mod process;
mod random;
mod requests;
mod shim;
mod stats;
mod table;
mod turns;
mod world;

use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, ValueEnum};

use crate::{commit_floor::Floor, table::Table};

type BoxError = Box<dyn Error + Send + Sync>;
type Result<T> = std::result::Result<T, BoxError>;

/// The benchmarks of Keystead.
#[derive(Parser)]
enum Command {
    /// Runs measurements and prints their table.
    Run(Run),
    /// Serves the answer in a file with hyper alone: the floor of the HTTP measurements.
    HyperFloor { answer: PathBuf },
    /// Creates access keys in a store without a server: the floor of CreateAccessKey.
    CommitFloor(Floor),
    /// Fills a verifier with keys and prints the bytes that each takes.
    CachedKeys { count: usize },
}

#[derive(Args)]
struct Run {
    /// What to measure; everything when none is named.
    items: Vec<Item>,
    /// The server's release binary.
    #[arg(long, value_name = "FILE")]
    keystead: PathBuf,
    /// A server that is the same but asks no policy, to measure what asking costs.
    #[arg(long, value_name = "FILE")]
    undecided: Option<PathBuf>,
    /// Where data of the measurements goes: on the disk that is to be measured.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// One short round of each, to try the bench itself. Its figures are worthless.
    #[arg(long)]
    quick: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Item {
    /// Verification of signatures in process.
    Verify,
    /// Authentication with temporary credentials, in process.
    Sessions,
    /// Decisions of policies in process.
    Policy,
    /// GetCallerIdentity over loopback against bare hyper.
    CallerIdentity,
    /// AssumeRole over loopback against bare hyper.
    AssumeRole,
    /// Durable CreateAccessKey against its statements in the store alone.
    CreateKey,
    /// Start to the first answered request, empty and with a million keys.
    Start,
    /// Memory of the verifier's cache.
    CachedKeys,
    /// Both requests with more and more keys stored.
    Growth,
    /// Start in memory, and POST /-/reset.
    Reset,
    /// What asking the policies costs GetUser and CreateAccessKey.
    Decision,
    /// Pages of the console with many users and events, against few.
    Pages,
}

/// What every measurement is given.
#[derive(Clone)]
struct Context {
    keystead: PathBuf,
    undecided: Option<PathBuf>,
    /// What later runs may use again.
    data: PathBuf,
    /// An empty directory, removed at the end.
    scratch: PathBuf,
    /// Rounds whose median counts.
    rounds: usize,
    /// How long one run over HTTP counts.
    run_time: Duration,
    /// Keys in the largest store, and in the verifier's cache.
    keys_max: usize,
    /// Users and audit events of the larger account whose pages are measured.
    world_max: (usize, usize),
}

fn main() -> ExitCode {
    let outcome = match Command::parse() {
        Command::Run(run) => measure(&run),
        Command::HyperFloor { answer } => hyper_floor::serve(&answer),
        Command::CommitFloor(floor) => floor.run(),
        Command::CachedKeys { count } => items::cached_keys::fill(count),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("keystead-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(run: &Run) -> Result<()> {
    if std::thread::available_parallelism()?.get() < 2 {
        return Err("the measurements need two cores: one for the server, one for the load".into());
    }
    std::fs::create_dir_all(&run.data)?;
    let scratch = tempfile::tempdir_in(&run.data)?;
    let context = Context {
        keystead: run
            .keystead
            .canonicalize()
            .unwrap_or_else(|_| run.keystead.clone()),
        undecided: run.undecided.clone(),
        data: run.data.clone(),
        scratch: scratch.path().to_owned(),
        rounds: if run.quick { 1 } else { 5 },
        keys_max: if run.quick { 50_000 } else { 1_000_000 },
        world_max: if run.quick {
            (500, 10_000)
        } else {
            (5_000, 1_000_000)
        },
        run_time: if run.quick {
            Duration::from_millis(300)
        } else {
            Duration::from_secs(3)
        },
    };
    let mut table = Table::default();
    if run.quick {
        table.note("QUICK: one short round; these figures are worthless");
    }
    table.note(machine::description()?);
    let mut failed = 0;
    for item in Item::value_variants() {
        if !run.items.is_empty() && !run.items.contains(item) {
            continue;
        }
        if let Err(error) = item.measure(&context, &mut table) {
            table.note(format!("{item:?} FAILED: {error}"));
            failed += 1;
        }
    }
    println!("{table}");
    if failed == 0 {
        Ok(())
    } else {
        Err(format!("{failed} measurements failed").into())
    }
}

impl Context {
    /// The same, with another server.
    fn with_server(&self, keystead: &std::path::Path) -> Self {
        Self {
            keystead: keystead.to_owned(),
            ..self.clone()
        }
    }
}

impl Item {
    fn measure(self, context: &Context, table: &mut Table) -> Result<()> {
        eprintln!("{self:?}");
        match self {
            Self::Verify => items::verify::measure(context, table),
            Self::Sessions => items::sessions::measure(context, table),
            Self::Policy => items::policy::measure(context, table),
            Self::CallerIdentity => items::caller_identity::measure(context, table),
            Self::AssumeRole => items::assume_role::measure(context, table),
            Self::CreateKey => items::create_key::measure(context, table),
            Self::Start => items::start::measure(context, table),
            Self::CachedKeys => items::cached_keys::measure(context, table),
            Self::Growth => items::growth::measure(context, table),
            Self::Reset => items::reset::measure(context, table),
            Self::Decision => items::decision::measure(context, table),
            Self::Pages => items::pages::measure(context, table),
        }
    }
}
