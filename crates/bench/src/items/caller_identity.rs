//! GetCallerIdentity over loopback, the server on one core and the load on the other, against a bare
//! hyper server that answers the same bytes.

use std::{fs, path::Path, time::Duration};

use crate::{
    BoxError, Context, Result,
    distance::Class,
    keystead::Keystead,
    load::{Load, Until, exchange},
    machine::SERVER_CORE,
    process::{Server, Surroundings},
    requests,
    table::{Goal, Row, Table},
    turns::{self, Run, Turns},
};

const CONNECTIONS: usize = 32;
/// How the answer's body starts.
pub(crate) const ANSWER: &str = "<GetCallerIdentityResponse";
/// A server that was busy for less than this share of a run was not its limit.
const BUSY_MIN: f64 = 0.97;

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    let keystead = Keystead::on_data(
        context,
        &context.scratch.join("caller-identity"),
        Some(SERVER_CORE),
        None,
    )?;
    let server = &keystead.server;
    let request = requests::get_caller_identity(&keystead.administrator, server.address)?;
    let answer_file = context.scratch.join("caller-identity.http");
    exchange(server.address, &request, |answer| {
        answer.expect(ANSWER)?;
        Ok(fs::write(&answer_file, [answer.head, answer.body].concat())?)
    })?;
    let floor = floor_server(&answer_file)?;
    let requests = [request];
    let turns = turns::take(
        context.rounds,
        &[server.id(), floor.id()],
        &mut [&mut || run(&floor, &requests, context.run_time), &mut || {
            run(server, &requests, context.run_time)
        }],
    )?;
    report(&turns, table)?;
    keystead.server.stop()
}

fn report(turns: &Turns, table: &mut Table) -> Result<()> {
    let (floor, ours) = (0, 1);
    let class = turns.class;
    let goal = match class {
        Class::Near => 0.70,
        Class::Far => 0.85,
    };
    let rate = |thing| Ok::<_, BoxError>(turns.spread(thing, |run| run.rate)?.show(1e-3, 1));
    let title = format!("GetCallerIdentity, {CONNECTIONS} connections, one core ({class})");
    let row = Row::new(title, format!("{} k/s", rate(ours)?)).floor(format!("hyper {} k/s", rate(floor)?));
    table.push(row.ratio(
        turns.ratio(ours, floor, |run| run.rate)?,
        Some(Goal::AtLeast(goal)),
    ));
    type Percentile = fn(&Run) -> f64;
    let percentiles: [(&str, Percentile); 3] = [
        ("p50", |run| run.latencies.p50.into()),
        ("p99", |run| run.latencies.p99.into()),
        ("p99.9", |run| run.latencies.p999.into()),
    ];
    for (name, of) in percentiles {
        let show = |thing| Ok::<_, BoxError>(turns.spread(thing, of)?.show(1e-3, 0));
        let row = Row::new(format!("… {name}"), format!("{} us", show(ours)?));
        table.push(
            row.floor(format!("hyper {} us", show(floor)?))
                .ratio(turns.ratio(ours, floor, of)?, None),
        );
    }
    let tail = |run: &Run| f64::from(run.latencies.p99) / f64::from(run.latencies.p50);
    let ours_tail = turns.spread(ours, tail)?;
    let row = Row::new("… p99 / p50", ours_tail.show(1.0, 2)).floor(turns.spread(floor, tail)?.show(1.0, 2));
    table.push(row.goal(Goal::AtMost(1.3), ours_tail.median, ""));
    table.note(format!("GetCallerIdentity: {}", turns.circumstances()));
    let busy = turns
        .spread(floor, |run| run.busy)?
        .min
        .min(turns.spread(ours, |run| run.busy)?.min);
    if busy < BUSY_MIN {
        table.note(format!(
            "GetCallerIdentity: a server ran for only {busy:.2} of a run: the load, or others, held it up"
        ));
    }
    Ok(())
}

/// One run against a server, the load on its own core.
pub(crate) fn run(server: &Server, requests: &[Vec<u8>], time: Duration) -> Result<Run> {
    let load = Load {
        server: server.address,
        connections: CONNECTIONS,
        requests,
        expected: ANSWER,
        until: Until::Elapsed(time),
    };
    Run::of(server, &load)
}

/// Bare hyper on the server's core, answering what stands in the file.
pub(crate) fn floor_server(answer_file: &Path) -> Result<Server> {
    let program = std::env::current_exe()?;
    let file = answer_file.to_str().ok_or("a path that is not text")?;
    let surroundings = Surroundings {
        core: Some(SERVER_CORE),
        ..Surroundings::default()
    };
    Server::start(&program, &["hyper-floor", file], surroundings)
}
