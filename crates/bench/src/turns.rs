//! Things measured in turns, and only turns whose figures can be compared.

use std::time::Instant;

use crate::{
    Result,
    distance::{Class, RoundTrip},
    load::Load,
    machine::{LOAD_CORE, OthersMeter, ProcessTime},
    process::{Server, on_core},
    stats::{Latencies, Spread},
};

/// Processors that others may use during a turn that counts as quiet.
const OTHERS_QUIET_MAX: f64 = 0.12;
/// Turns that are tried for each one wanted.
const TURNS_PER_ROUND_MAX: usize = 3;

/// What one run gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// Answers, or commands carried out, in a second.
    pub(crate) rate: f64,
    pub(crate) latencies: Latencies,
    /// Share of the run in which the server was busy.
    pub(crate) busy: f64,
}

impl Run {
    /// Runs a load that lasts a time against a server, from a core of its own.
    pub(crate) fn of(server: &Server, load: &Load<'_>) -> Result<Self> {
        let (used, begin) = (ProcessTime::of(server.id())?, Instant::now());
        let outcome = on_core(LOAD_CORE, || load.run())?;
        let used = used.elapsed()?;
        Ok(Self {
            rate: outcome.rate,
            latencies: outcome.latencies,
            busy: used.as_secs_f64() / begin.elapsed().as_secs_f64(),
        })
    }

    /// Processor time of the server for each answer, in seconds.
    pub(crate) fn cost(&self) -> f64 {
        self.busy / self.rate
    }
}

/// One run of each thing, close together in time.
struct Turn {
    runs: Vec<Run>,
    others: f64,
}

/// Turns of one class.
pub(crate) struct Turns {
    pub(crate) class: Class,
    turns: Vec<Turn>,
    tried: usize,
}

/// Takes turns until `rounds` of one class were quiet, or patience ends; then the quietest of the class
/// that came most often. `children` are the processes that run all the time.
pub(crate) fn take(
    rounds: usize,
    children: &[u32],
    things: &mut [&mut dyn FnMut() -> Result<Run>],
) -> Result<Turns> {
    let (mut near, mut far) = (Vec::new(), Vec::new());
    let mut tried = 0;
    let mut class = RoundTrip::sample()?.class();
    while tried < rounds * TURNS_PER_ROUND_MAX {
        tried += 1;
        let (mut runs, mut others, mut steady) = (Vec::with_capacity(things.len()), 0.0_f64, true);
        for thing in things.iter_mut() {
            let meter = OthersMeter::start(children)?;
            runs.push(thing()?);
            others = others.max(meter.finish()?);
            let before = std::mem::replace(&mut class, RoundTrip::sample()?.class());
            steady &= before == class;
        }
        if !steady {
            continue;
        }
        let turns: &mut Vec<Turn> = if class == Class::Near { &mut near } else { &mut far };
        turns.push(Turn { runs, others });
        if turns
            .iter()
            .filter(|turn| turn.others <= OTHERS_QUIET_MAX)
            .count()
            >= rounds
        {
            break;
        }
    }
    let (class, mut turns) = if near.len() > far.len() {
        (Class::Near, near)
    } else {
        (Class::Far, far)
    };
    if turns.is_empty() {
        return Err("the cores moved in every turn: nothing can be compared".into());
    }
    turns.sort_by(|left, right| left.others.total_cmp(&right.others));
    turns.truncate(rounds);
    Ok(Turns { class, turns, tried })
}

impl Turns {
    /// A figure of the thing with this number.
    pub(crate) fn spread(&self, thing: usize, figure: impl Fn(&Run) -> f64) -> Result<Spread> {
        Spread::of(self.runs(thing).map(figure)).ok_or_else(|| "no such run".into())
    }

    /// A figure of one thing as a multiple of another's, turn by turn.
    pub(crate) fn ratio(&self, thing: usize, floor: usize, figure: impl Fn(&Run) -> f64) -> Result<Spread> {
        let pairs = self.runs(thing).zip(self.runs(floor));
        Spread::of(pairs.map(|(thing, floor)| figure(thing) / figure(floor)))
            .ok_or_else(|| "no such run".into())
    }

    fn runs(&self, thing: usize) -> impl Iterator<Item = &Run> {
        self.turns.iter().filter_map(move |turn| turn.runs.get(thing))
    }

    /// How these turns came about, for a line below the table.
    pub(crate) fn circumstances(&self) -> String {
        format!(
            "{} turns of {} tried, cores {}, {}",
            self.turns.len(),
            self.tried,
            self.class,
            noise(self.others())
        )
    }

    /// Processors that others used at most.
    pub(crate) fn others(&self) -> f64 {
        self.turns.last().map_or(0.0, |turn| turn.others)
    }
}

/// How much others disturbed what was measured, for a line below the table.
pub(crate) fn noise(others: f64) -> String {
    let noisy = if others > OTHERS_QUIET_MAX { ", NOISY" } else { "" };
    format!("others used up to {others:.2} processors{noisy}")
}
