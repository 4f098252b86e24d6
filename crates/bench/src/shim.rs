//! A library that slows syncs to at least 2 ms, compiled when needed, and the count that shows it works.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Result;

/// The environment variable that names the counter's file.
const COUNTER_VARIABLE: &str = "KEYSTEAD_BENCH_SYNCS";

/// The compiled library with its counter.
pub(crate) struct SlowSyncs {
    library: PathBuf,
    counter: PathBuf,
}

impl SlowSyncs {
    /// Compiles it into `directory` with the system's C compiler.
    pub(crate) fn compile(directory: &Path) -> Result<Self> {
        let source = directory.join("slow_syncs.c");
        let library = directory.join("slow_syncs.so");
        fs::write(&source, include_str!("shim.c"))?;
        let mut compiler = Command::new("cc");
        compiler.args([
            "-O2",
            "-Wall",
            "-Werror",
            "-shared",
            "-fPIC",
            "-D_FILE_OFFSET_BITS=64",
            "-o",
        ]);
        let status = compiler.arg(&library).arg(&source).arg("-ldl").status()?;
        if !status.success() {
            return Err(format!("cc could not compile {}: {status}", source.display()).into());
        }
        let counter = directory.join("slow_syncs.count");
        fs::write(&counter, [0; 8])?;
        Ok(Self { library, counter })
    }

    /// Has `command` load it before libc.
    pub(crate) fn load_into(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env(COUNTER_VARIABLE, &self.counter);
    }

    /// Syncs of all processes that had it loaded.
    pub(crate) fn count(&self) -> Result<u64> {
        let bytes: [u8; 8] = fs::read(&self.counter)?
            .try_into()
            .map_err(|_| "the sync counter is damaged")?;
        Ok(u64::from_ne_bytes(bytes))
    }

    /// An error unless there were at least `syncs_min` since `before`: a program that is linked
    /// statically, or syncs by other means, would pass the library by.
    pub(crate) fn must_have_counted(&self, before: u64, syncs_min: u64) -> Result<()> {
        let syncs = self.count()? - before;
        if syncs >= syncs_min {
            return Ok(());
        }
        Err(format!("the slowing library saw {syncs} syncs where at least {syncs_min} were due").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slows_and_counts_the_syncs_of_another_program() {
        let directory = tempfile::tempdir().unwrap();
        let syncs = SlowSyncs::compile(directory.path()).unwrap();
        let begin = std::time::Instant::now();
        // dd's `fdatasync` conversion is one fdatasync at its end.
        let output = directory.path().join("out");
        let mut dd = Command::new("dd");
        dd.args(["if=/dev/zero", "bs=1", "count=1", "status=none", "conv=fdatasync"]);
        dd.arg(format!("of={}", output.display()));
        syncs.load_into(&mut dd);
        assert!(dd.status().unwrap().success());
        assert!(begin.elapsed() >= std::time::Duration::from_millis(2));
        assert_eq!(syncs.count().unwrap(), 1);
        syncs.must_have_counted(0, 1).unwrap();
        assert!(syncs.must_have_counted(0, 2).is_err());
    }
}
