//! CreateAccessKey, durable, against the same statements in the store alone.

use crate::{
    Context, Result,
    commit_floor::Floor,
    dataset::{self, Dataset, SPARE_USERS},
    keystead::Keystead,
    load::{Load, Until},
    machine::{LOAD_CORE, ProcessTime, SERVER_CORE},
    process::{Server, on_core},
    requests::{self, Credentials},
    shim::SlowSyncs,
    table::{Goal, Row, Table},
    turns::{self, Run},
};

const ANSWER: &str = "<CreateAccessKeyResponse";

/// One series of runs.
struct Series {
    connections: usize,
    keys_per_run: usize,
    goal: f64,
}

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    let dataset = Dataset::with_keys(context, 1000)?;
    let slow = SlowSyncs::compile(&context.scratch)?;
    let fast_series = [
        Series {
            connections: 1,
            keys_per_run: 2000,
            goal: 0.5,
        },
        Series {
            connections: 64,
            keys_per_run: 8000,
            goal: 0.5,
        },
    ];
    let slow_series = [
        Series {
            connections: 1,
            keys_per_run: 500,
            goal: 0.9,
        },
        Series {
            connections: 64,
            keys_per_run: 8000,
            goal: 0.9,
        },
    ];
    for series in &fast_series {
        measure_series(context, table, &dataset, series, None)?;
    }
    for series in &slow_series {
        measure_series(context, table, &dataset, series, Some(&slow))?;
    }
    Ok(())
}

fn measure_series(
    context: &Context,
    table: &mut Table,
    dataset: &Dataset,
    series: &Series,
    slow_syncs: Option<&SlowSyncs>,
) -> Result<()> {
    let Series {
        connections,
        keys_per_run,
        goal,
    } = *series;
    let disk = if slow_syncs.is_some() {
        "2 ms disk"
    } else {
        "this disk"
    };
    let kind = format!("{connections}-{}", disk.replace(' ', "-"));
    let floor_data = dataset.copy(context, &format!("floor-{kind}"))?;
    let callers_data = dataset.copy(context, &format!("callers-{kind}"))?;
    let server_data = dataset.copy(context, &format!("server-{kind}"))?;
    let keystead = Keystead::on_data(context, &server_data, Some(SERVER_CORE), slow_syncs)?;
    let (server, administrator) = (&keystead.server, &keystead.administrator);
    let mut slots = [0, 0, 0].map(|_: i32| Slots::default());
    let [floor_slots, callers_slots, server_slots] = &mut slots;
    // Each commit holds as many keys as there are connections, at most.
    let syncs_min = (keys_per_run / connections) as u64;
    let counted = |run: &mut dyn FnMut() -> Result<Run>| match slow_syncs {
        Some(syncs) => {
            let before = syncs.count()?;
            let outcome = run()?;
            syncs.must_have_counted(before, syncs_min)?;
            Ok(outcome)
        }
        None => run(),
    };
    let alone = |data: &std::path::Path, slots: &mut Slots, callers: bool| {
        let first = slots.take(keys_per_run)?;
        let floor = Floor::new(data, administrator, first, keys_per_run, connections, callers);
        counted(&mut || floor.measure(slow_syncs))
    };
    let turns = turns::take(
        context.rounds,
        &[server.id()],
        &mut [
            &mut || alone(&floor_data, floor_slots, false),
            &mut || {
                let first = server_slots.take(keys_per_run)?;
                counted(&mut || run(server, administrator, connections, first, keys_per_run))
            },
            &mut || alone(&callers_data, callers_slots, true),
        ],
    )?;
    let title = format!("CreateAccessKey, {connections} at a time, {disk}");
    let rate = |thing| Ok::<_, crate::BoxError>(turns.spread(thing, |run| run.rate)?.show(1.0, 0));
    let row = Row::new(title.clone(), format!("{} /s", rate(1)?)).floor(format!("{} /s", rate(0)?));
    table.push(row.ratio(turns.ratio(1, 0, |run| run.rate)?, Some(Goal::AtLeast(goal))));
    let p50 = turns.spread(1, |run| run.latencies.p50.into())?;
    let p99 = turns.spread(1, |run| run.latencies.p99.into())?;
    let floor_p50 = turns.spread(0, |run| run.latencies.p50.into())?;
    let row = Row::new("… p50", format!("{} us", p50.show(1e-3, 0)));
    table.push(row.floor(format!("a batch {} us", floor_p50.show(1e-3, 0))));
    table.push(Row::new("… p99", format!("{} us", p99.show(1e-3, 0))));
    let row = Row::new(
        format!("… store alone, {connections} callers"),
        format!("{} /s", rate(2)?),
    );
    table.push(
        row.floor(format!("{} /s", rate(0)?))
            .ratio(turns.ratio(2, 0, |run| run.rate)?, None),
    );
    table.note(format!("{title}: {}", turns.circumstances()));
    keystead.server.stop()
}

/// One run against a server: so many keys, from this slot on.
pub(crate) fn run(
    server: &Server,
    administrator: &Credentials,
    connections: usize,
    first_slot: usize,
    keys: usize,
) -> Result<Run> {
    let users = (first_slot..first_slot + keys).map(dataset::spare_user);
    let requests: Vec<_> = users
        .map(|user| requests::create_access_key(administrator, server.address, &user))
        .collect::<Result<_>>()?;
    let until = Until::Answered(keys);
    let load = Load {
        server: server.address,
        connections,
        requests: &requests,
        expected: ANSWER,
        until,
    };
    let used = ProcessTime::of(server.id())?;
    let outcome = on_core(LOAD_CORE, || load.run())?;
    let used = used.elapsed()?;
    let busy = used.as_secs_f64() / outcome.elapsed.as_secs_f64();
    Ok(Run {
        rate: outcome.rate,
        latencies: outcome.latencies,
        busy,
    })
}

/// Places for keys that are not taken yet: two for each spare user.
#[derive(Default)]
pub(crate) struct Slots(usize);

impl Slots {
    /// The first of `count` places.
    pub(crate) fn take(&mut self, count: usize) -> Result<usize> {
        let first = self.0;
        self.0 += count;
        if self.0 <= 2 * SPARE_USERS {
            Ok(first)
        } else {
            Err("the data set has too few spare users".into())
        }
    }
}
