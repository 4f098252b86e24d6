//! Things of this process that are run many times in turn, timed by the thread's own processor time.

use std::{hint::black_box, time::Duration};

use sha2::block_api::compress256;

use crate::{Result, machine, stats::Spread};

/// Processor time spent on each case in a round.
const TIME_PER_CASE: Duration = Duration::from_millis(60);

/// Takes how many times to run and gives the processor time they took.
type Run<'a> = Box<dyn FnMut(usize) -> Result<Duration> + 'a>;

/// One thing that is measured.
pub(crate) struct Case<'a> {
    pub(crate) name: &'static str,
    run: Run<'a>,
    count: usize,
    nanoseconds: Vec<f64>,
}

/// Runs every case once a round.
pub(crate) fn take_rounds(rounds: usize, cases: &mut [Case<'_>]) -> Result<()> {
    for case in cases.iter_mut() {
        case.calibrate()?;
    }
    for _ in 0..rounds {
        cases.iter_mut().try_for_each(Case::round)?;
    }
    Ok(())
}

impl<'a> Case<'a> {
    pub(crate) fn new(name: &'static str, run: Run<'a>) -> Self {
        Self {
            name,
            run,
            count: 0,
            nanoseconds: Vec::new(),
        }
    }

    /// Finds how many runs fill the time of a round.
    fn calibrate(&mut self) -> Result<()> {
        let trial = 2000;
        let each = (self.run)(trial)?.as_secs_f64() / trial as f64;
        self.count = (TIME_PER_CASE.as_secs_f64() / each.max(1e-9)) as usize;
        Ok(())
    }

    fn round(&mut self) -> Result<()> {
        let time = (self.run)(self.count)?;
        self.nanoseconds.push(time.as_nanos() as f64 / self.count as f64);
        Ok(())
    }

    /// Nanoseconds of one run.
    pub(crate) fn show(&self) -> Result<String> {
        let spread = Spread::of(self.nanoseconds.iter().copied()).ok_or("no round was run")?;
        Ok(format!("{} ns", spread.show(1.0, 0)))
    }

    /// Round by round, so that what slowed one round slowed both sides of its ratio.
    pub(crate) fn ratio_to(&self, other: &Self) -> Result<Spread> {
        let rounds = self.nanoseconds.iter().zip(&other.nanoseconds);
        Spread::of(rounds.map(|(ours, theirs)| ours / theirs)).ok_or_else(|| "no round was run".into())
    }
}

/// Compresses so many blocks, `count` times; each run starts from what the one before it left.
pub(crate) fn hash_blocks(blocks: usize, count: usize) -> Duration {
    let data = vec![[0x5a; 64]; blocks];
    let mut state = [0x6a09_e667; 8];
    let begin = machine::thread_time();
    for _ in 0..count {
        compress256(&mut state, black_box(&data));
    }
    black_box(state);
    machine::thread_time() - begin
}
